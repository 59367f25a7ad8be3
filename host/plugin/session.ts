import type { EventOps, EventSubscriber, Events } from '../contract/index.js';
import { ENTRY_GRANTED, ENTRY_REVOKED } from './abi.js';
import { type FaultKind, PluginFault } from './fault.js';
import type { Grant } from './grant.js';
import { type CallLimits, GuestCode } from './guest-code.js';
import { importsFor } from './imports.js';
import { Inbox } from './inbox.js';
import type { PluginContext } from './plugin-context.js';
import { GuestSubscriptions } from './subscriptions.js';
import { GuestTimers } from './timers.js';
import { Usage } from './usage.js';
import { Watches } from './watches.js';

/**
 * One life of a guest: from its instantiation to its fault, its replacement or its end. Once it is
 * over every import throws, and nothing of it is registered, set or subscribed any more.
 */
export class Session implements EventSubscriber {
  readonly name: string;
  readonly code: GuestCode;
  readonly inbox = new Inbox();
  readonly watches: Watches;
  readonly timers: GuestTimers;
  readonly subscriptions: GuestSubscriptions;
  readonly usage: Usage;
  readonly #context: PluginContext;
  readonly #onFault: (fault: PluginFault, session: Session) => void;
  #over = false;

  /** Instantiates the guest. @throws PluginFault */
  constructor(
    context: PluginContext,
    module: WebAssembly.Module,
    onFault: (fault: PluginFault, session: Session) => void,
  ) {
    const { name, limits, clock, bus } = context;
    const wake = () => context.wake(this);
    this.name = name;
    this.#context = context;
    this.#onFault = onFault;
    this.usage = new Usage(limits, context.turn);
    this.watches = new Watches(limits.handles, this.inbox);
    this.timers = new GuestTimers(clock, this.inbox, wake);
    this.subscriptions = new GuestSubscriptions(bus, this.inbox, limits.messagesPerTurn, wake);
    this.code = new GuestCode(name, module, importsFor(this, context));
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Runs the guest's own beginning: what it returns from `wem_init`. @throws PluginFault */
  start(config: Uint8Array): void {
    const limits = this.#context.initLimits;
    this.code.start(limits);
    this.code.buffer.set(config);
    const result = this.code.call('wem_init', limits, config.length);
    if (result === 0) return;
    throw new PluginFault(this.name, 'init', `refused to begin: wem_init returned ${result}`);
  }

  /** The state that the guest wants to be handed to its successor; empty where it has none. */
  save(): Uint8Array {
    if (!this.code.has('wem_save')) return new Uint8Array(0);
    const length = this.code.call('wem_save', this.#context.initLimits) >>> 0;
    return this.code.buffer.slice(0, length);
  }

  restore(state: Uint8Array): void {
    if (state.length === 0 || !this.code.has('wem_restore')) return;
    this.code.buffer.set(state);
    const result = this.code.call('wem_restore', this.#context.initLimits, state.length);
    if (result === 0) return;
    throw new PluginFault(this.name, 'init', `refused its state: wem_restore returned ${result}`);
  }

  /** As a subscriber of the manager. */
  init(ops: EventOps): void {
    this.watches.begin(ops);
  }

  process(events: Events): void {
    if (this.watches.ready(events)) {
      this.#fail('spin', `left fd ${events.fd}, which is ready, unread in 1 000 batches`);
      return;
    }
    this.#context.wake(this);
  }

  granted(grant: Grant): void {
    const handle = this.watches.hold(grant);
    if (handle === undefined) {
      this.usage.refuse('handles');
      return;
    }
    this.inbox.put({ place: -1 }, ENTRY_GRANTED, handle, 0, 0);
    this.#context.wake(this);
  }

  revoked(grant: Grant): void {
    if (this.#over) return;
    const handle = this.watches.drop(grant);
    if (handle === undefined) return;
    this.inbox.put({ place: -1 }, ENTRY_REVOKED, handle, 0, 0);
    this.#context.wake(this);
  }

  /** Tells the guest of one batch, and of the messages that wait: the calls made. */
  deliver(): number {
    const limits = this.#context.callLimits;
    let calls = 0;
    try {
      const count = this.inbox.take(this.code.entries);
      if (count > 0) {
        calls += 1;
        this.#measure(count, () => this.code.call('wem_process', limits, count));
      }
      const waiting = this.inbox.messages.splice(0);
      for (const message of waiting) {
        if (this.#over) break;
        calls += 1;
        this.#measure(1, () => this.#pass(message, limits));
      }
    } catch (error) {
      this.fault(error);
    }
    return calls;
  }

  /** Ends it, with what it has registered, set and subscribed. Idempotent. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.watches.end();
    this.timers.clear();
    this.subscriptions.clear();
    this.#context.leave(this);
  }

  /** Ends it for a fault, and tells. What is no fault of the guest's is thrown on. */
  fault(error: unknown): void {
    if (!(error instanceof PluginFault)) throw error;
    if (this.#over) return;
    this.end();
    this.#onFault(error, this);
  }

  #fail(kind: FaultKind, what: string): void {
    this.fault(new PluginFault(this.name, kind, what));
  }

  #pass({ topic, body }: { topic: Uint8Array; body: Uint8Array }, limits: CallLimits): void {
    const { buffer } = this.code;
    buffer.set(topic);
    buffer.set(body, topic.length);
    this.code.call('wem_message', limits, topic.length, body.length);
  }

  #measure(events: number, call: () => void): void {
    const begun = performance.now();
    try {
      call();
    } finally {
      this.#context.counters.note(events, performance.now() - begun);
    }
  }
}
