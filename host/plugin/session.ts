import type { EventOps, EventSubscriber, Events } from '../contract/index.js';
import { ENTRY_GRANTED, ENTRY_REVOKED } from './abi.js';
import type { Code, Outcome } from './code.js';
import { PluginFault } from './fault.js';
import type { Grant } from './grant.js';
import { Inbox, type WaitingMessage } from './inbox.js';
import type { PluginContext } from './plugin-context.js';
import { GuestSubscriptions } from './subscriptions.js';
import { GuestTimers } from './timers.js';
import { Usage } from './usage.js';
import { Watches } from './watches.js';
import type { Settle } from './while-attached.js';

/**
 * One life of a guest: from its instantiation to its fault, its replacement or its end. Once it is
 * over every import throws, and nothing of it is registered, set or subscribed any more.
 */
export class Session implements EventSubscriber {
  readonly name: string;
  readonly code: Code;
  readonly inbox = new Inbox();
  readonly watches: Watches;
  readonly timers: GuestTimers;
  readonly subscriptions: GuestSubscriptions;
  readonly usage: Usage;
  readonly #context: PluginContext;
  readonly #onFault: (fault: PluginFault, session: Session) => void;
  #over = false;
  /** Whether it has begun, and is a subscriber: until then it is told nothing. */
  #entered = false;
  /** Whether the guest is being called, maybe in another thread. */
  #busy = false;
  /** What is to be called as soon as it isn't. */
  #next: (() => void) | undefined;

  /** Makes the guest's code. @throws PluginFault */
  constructor(
    context: PluginContext,
    module: WebAssembly.Module,
    onFault: (fault: PluginFault, session: Session) => void,
  ) {
    const { name, limits, clock, bus } = context;
    const wake = () => this.#wake();
    this.name = name;
    this.#context = context;
    this.#onFault = onFault;
    this.usage = new Usage(limits, context.turn);
    this.watches = new Watches(limits.handles, this.inbox);
    this.timers = new GuestTimers(clock, this.inbox, wake);
    this.subscriptions = new GuestSubscriptions(bus, this.inbox, limits.messagesPerTurn, wake);
    this.code = context.makeCode(module, this);
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether it can be told something now. */
  get waits(): boolean {
    return this.#entered && !this.#over && !this.#busy && !this.inbox.empty;
  }

  /** Runs the guest's own beginning. It ends itself when that fails. */
  start(config: Uint8Array, done: Settle<void>): void {
    const limits = this.#context.initLimits;
    const ended: Outcome = (error, result) => {
      const refusal = error ?? this.#refusal('to begin', 'wem_init', result);
      if (refusal) this.end();
      done(refusal);
    };
    this.code.start(limits, (error) => {
      if (error) {
        ended(error, 0);
        return;
      }
      this.code.buffer.set(config);
      this.code.call('wem_init', limits, config.length, 0, ended);
    });
  }

  /** The state that the guest wants to be handed to its successor; empty where it has none. */
  save(done: Settle<Uint8Array>): void {
    if (!this.code.has('wem_save')) {
      done(undefined, new Uint8Array(0));
      return;
    }
    this.#call('wem_save', 0, (error, length) => {
      if (error) done(error);
      else done(undefined, this.code.buffer.slice(0, length >>> 0));
    });
  }

  restore(state: Uint8Array, done: Settle<void>): void {
    if (state.length === 0 || !this.code.has('wem_restore')) {
      done(undefined);
      return;
    }
    this.code.buffer.set(state);
    this.#call('wem_restore', state.length, (error, result) => {
      done(error ?? this.#refusal('its state', 'wem_restore', result));
    });
  }

  /** As a subscriber of the manager. */
  init(ops: EventOps): void {
    this.#entered = true;
    this.watches.begin(ops);
  }

  process(events: Events): void {
    if (!this.watches.ready(events, this.#context.apart)) {
      this.#wake();
      return;
    }
    const what = `left fd ${events.fd}, which is ready, unread in 1 000 batches`;
    this.fault(new PluginFault(this.name, 'spin', what));
  }

  granted(grant: Grant): void {
    const handle = this.watches.hold(grant);
    if (handle === undefined) {
      this.usage.refuse('handles');
      return;
    }
    this.inbox.put({ place: -1 }, ENTRY_GRANTED, handle, 0, 0);
    this.#wake();
  }

  revoked(grant: Grant): void {
    if (this.#over) return;
    const handle = this.watches.drop(grant);
    if (handle === undefined) return;
    this.inbox.put({ place: -1 }, ENTRY_REVOKED, handle, 0, 0);
    this.#wake();
  }

  /** Tells the guest of one batch, and of the messages that wait: the calls made. */
  deliver(): number {
    let calls = 0;
    let messages = this.inbox.messages.length;
    const count = this.#busy ? 0 : this.inbox.take(this.code.entries);
    if (count > 0) {
      calls += 1;
      this.#tell('wem_process', count, count, 0);
    }
    for (; messages > 0 && !this.#busy && !this.#over; messages -= 1) {
      calls += 1;
      this.#pass(this.inbox.messages.shift()!);
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
    this.code.end();
    this.#context.leave(this);
  }

  /** Ends it for a fault, and tells. */
  fault(fault: PluginFault): void {
    if (this.#over) return;
    this.end();
    this.#onFault(fault, this);
  }

  #wake(): void {
    if (this.waits) this.#context.wake(this);
  }

  #pass({ topic, body }: WaitingMessage): void {
    const { buffer } = this.code;
    buffer.set(topic);
    buffer.set(body, topic.length);
    this.#tell('wem_message', 1, topic.length, body.length);
  }

  /** Calls the guest for so many events. */
  #tell(name: string, events: number, a: number, b: number): void {
    const begun = performance.now();
    this.#busy = true;
    this.code.call(name, this.#context.callLimits, a, b, (error) => {
      this.#busy = false;
      this.#context.counters.note(events, performance.now() - begun);
      const next = this.#next;
      this.#next = undefined;
      if (error) this.#failed(error);
      if (next) next();
      else if (!this.#over) this.#told();
    });
  }

  /** A guest in another thread is ready for more. */
  #told(): void {
    if (!this.#context.apart) return;
    this.watches.unhush();
    this.#wake();
  }

  /** Calls what hands state on, when the guest is done with what it is at. */
  #call(name: string, a: number, outcome: Outcome): void {
    if (this.#over) {
      outcome(new PluginFault(this.name, 'trap', 'is over'), 0);
      return;
    }
    if (this.#busy) {
      this.#next = () => this.#call(name, a, outcome);
      return;
    }
    this.#busy = true;
    this.code.call(name, this.#context.initLimits, a, 0, (error, result) => {
      this.#busy = false;
      outcome(error, result);
      this.#wake();
    });
  }

  #failed(error: unknown): void {
    if (!(error instanceof PluginFault)) throw error;
    this.fault(error);
  }

  #refusal(what: string, name: string, result: number): PluginFault | undefined {
    if (result === 0) return undefined;
    return new PluginFault(this.name, 'init', `refused ${what}: ${name} returned ${result}`);
  }
}
