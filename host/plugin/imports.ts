import type { MessageBus } from '../bus/index.js';
import { assertStackRoom } from '../contract/index.js';
import { read, write } from '../sys/index.js';
import { EACCES, EBADF, EDQUOT, EFAULT, EINVAL, EMSGSIZE, ENOENT, type ImportName } from './abi.js';
import type { Caller } from './caller.js';
import type { Code } from './code.js';
import type { PluginContext } from './plugin-context.js';
import { isWild } from './topics.js';

const TOPIC_BYTES_MAX = 4_096;
const LEVEL_MAX = 4;
const strict = new TextDecoder('utf-8', { fatal: true });
/** What is logged is shown in any case. */
const lenient = new TextDecoder();

/** What ends a guest that goes on after its end. */
class Over extends Error {
  constructor() {
    super('this guest is over: none of its calls does anything any more');
  }
}

type Call = (...args: number[]) => unknown;
/** The functions of 'wem'. */
export type GuestImports = Readonly<Record<ImportName, Call>>;

/** The functions of 'wem' for one guest. Each looks first whether the guest's life goes on. */
export function importsFor(session: Caller, code: Code, context: PluginContext): GuestImports {
  const memory = new GuestBytes(code);
  return {
    ...fdCalls(session, context, memory),
    ...timerCalls(session, context),
    ...busCalls(session, code, context, memory),
    ...logCalls(session, context, memory),
  };
}

/** The memory of a guest, of which no import touches what the guest doesn't have. */
class GuestBytes {
  readonly #code: Code;

  constructor(code: Code) {
    this.#code = code;
  }

  /** The bytes from an address on; undefined where they go beyond its end. Checks its life. */
  at(address: number, length: number): Uint8Array | undefined {
    const { bytes } = this.#code;
    const from = address >>> 0;
    const to = from + (length >>> 0);
    return to <= bytes.length ? bytes.subarray(from, to) : undefined;
  }

  /** A text in UTF-8: undefined where it is none; an errno where there is no memory. */
  text(address: number, length: number, most: number): string | number {
    if (length >>> 0 > most) return EMSGSIZE;
    const bytes = this.at(address, length);
    if (!bytes) return EFAULT;
    try {
      return strict.decode(bytes);
    } catch {
      return EINVAL;
    }
  }
}

function alive(session: Caller): void {
  if (session.over) throw new Over();
}

/** A guest that has called itself to the end of the stack mustn't stop the host in the middle. */
function steady(session: Caller): void {
  alive(session);
  assertStackRoom();
}

function fdCalls(
  session: Caller,
  context: PluginContext,
  memory: GuestBytes,
): Pick<GuestImports, 'grant' | 'add' | 'modify' | 'remove' | 'read' | 'write'> {
  const { watches, usage } = session;
  const transfer = (handle: number, address: number, length: number, writes: boolean) => {
    alive(session);
    const holding = watches.find(handle);
    if (!holding) return EBADF;
    const { grant } = holding;
    if (!(writes ? grant.mayWrite : grant.mayRead)) return EACCES;
    const bytes = memory.at(address, length);
    if (!bytes) return EFAULT;
    const left = usage.left('bytesPerTurn');
    if (bytes.length > 0 && left <= 0) {
      usage.refuse('bytesPerTurn');
      return EDQUOT;
    }
    holding.idle = 0;
    const part = bytes.length > left ? bytes.subarray(0, left) : bytes;
    const result = writes ? write(grant.fd, part) : read(grant.fd, part);
    if (result > 0) usage.use('bytesPerTurn', result);
    return result;
  };
  return {
    grant(address = 0, length = 0) {
      steady(session);
      const name = memory.text(address, length, TOPIC_BYTES_MAX);
      if (typeof name === 'number') return name;
      const grant = context.grants.get(name);
      if (!grant) return ENOENT;
      const handle = watches.hold(grant);
      if (handle !== undefined) return handle;
      usage.refuse('handles');
      return EDQUOT;
    },
    add(handle = 0, set = 0, data = 0) {
      steady(session);
      return watches.add(handle, set, data);
    },
    modify(handle = 0, set = 0, data = 0) {
      steady(session);
      return watches.modify(handle, set, data);
    },
    remove(handle = 0) {
      steady(session);
      return watches.remove(handle);
    },
    read: (handle = 0, address = 0, length = 0) => transfer(handle, address, length, false),
    write: (handle = 0, address = 0, length = 0) => transfer(handle, address, length, true),
  };
}

function timerCalls(
  session: Caller,
  { limits, clock }: PluginContext,
): Pick<GuestImports, 'set_timer' | 'cancel_timer' | 'now'> {
  const { timers, usage } = session;
  return {
    set_timer(id = 0, delayNs = 0, intervalNs = 0) {
      steady(session);
      if (!timers.has(id) && timers.size >= limits.timers) {
        usage.refuse('timers');
        return EDQUOT;
      }
      return timers.set(id, delayNs, intervalNs);
    },
    cancel_timer(id = 0) {
      steady(session);
      return timers.cancel(id) ? 0 : ENOENT;
    },
    now() {
      alive(session);
      return Number(clock.timestampNs());
    },
  };
}

function busCalls(
  session: Caller,
  code: Code,
  context: PluginContext,
  memory: GuestBytes,
): Pick<GuestImports, 'publish' | 'subscribe' | 'unsubscribe'> {
  const { subscriptions, usage } = session;
  const { bus, publishes, subscribes, limits } = context;
  return {
    publish(topicAt = 0, topicLength = 0, address = 0, length = 0) {
      steady(session);
      const topic = memory.text(topicAt, topicLength, TOPIC_BYTES_MAX);
      if (typeof topic === 'number') return topic;
      if (topic === '' || isWild(topic)) return EINVAL;
      if (!bus || !publishes.covers(topic)) return EACCES;
      const body = memory.at(address, length);
      if (!body) return EFAULT;
      const mayPublish =
        usage.take('messagesPerTurn', 1) && usage.take('bytesPerTurn', body.length);
      if (!mayPublish) return EDQUOT;
      const message = body.slice();
      return context.guard(() => publish(bus, topic, message), EDQUOT);
    },
    subscribe(address = 0, length = 0) {
      steady(session);
      const pattern = memory.text(address, length, TOPIC_BYTES_MAX);
      if (typeof pattern === 'number') return pattern;
      if (pattern === '') return EINVAL;
      if (!bus || !code.has('wem_message')) return EINVAL;
      if (!subscribes.coversPattern(pattern)) return EACCES;
      if (subscriptions.size >= limits.subscriptions) {
        usage.refuse('subscriptions');
        return EDQUOT;
      }
      return context.guard(() => subscriptions.add(pattern), EDQUOT);
    },
    unsubscribe(id = 0) {
      steady(session);
      return subscriptions.remove(id) ? 0 : ENOENT;
    },
  };
}

function publish(bus: MessageBus, topic: string, message: Uint8Array): number {
  bus.publish(topic, message);
  return 0;
}

function logCalls(
  session: Caller,
  { log, guard }: PluginContext,
  memory: GuestBytes,
): Pick<GuestImports, 'log'> {
  return {
    log(level = 0, address = 0, length = 0) {
      alive(session);
      const bytes = memory.at(address, length);
      if (!bytes || !session.usage.take('logBytesPerTurn', bytes.length + 1)) return;
      const text = lenient.decode(bytes);
      guard(() => log(Math.min(level >>> 0, LEVEL_MAX), text), undefined);
    },
  };
}
