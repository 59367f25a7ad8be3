import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { currentThread } from '../sys/index.js';
import {
  CallQueue,
  KIND_CALL,
  KIND_CALL_BLOCKING,
  KIND_CONNECT,
  KIND_ERROR,
  KIND_FIRE,
  KIND_STOP,
  KIND_THROWN,
  KIND_VALUE,
  ON_PORT,
} from './call-queue.js';
import {
  advance,
  CALL_CANCELLED,
  CALL_DONE,
  CALL_QUEUED,
  CALL_STARTED,
  givenUp,
} from './call-state.js';
import type { Caller } from './caller.js';
import { Inbox } from './inbox.js';
import { Patience } from './patience.js';
import {
  closedEndpointError,
  type ErrorMessage,
  notCloneableError,
  queueFullError,
  RemoteTimeoutError,
  reviveError,
  wouldDeadlockError,
} from './remote-error.js';
import { PROTOCOL, type SharedState } from './shared-state.js';
import { sleepUntilDone } from './sleep.js';
import { Slots } from './slots.js';
import { transferListOf } from './transfer.js';
import { readValues, writeValues } from './wire.js';

interface Pending {
  sequence: number;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** One thread's way to a manager in another. */
export class RemoteCaller implements Caller {
  readonly #port: MessagePort;
  readonly #shared: SharedState;
  readonly #queue: CallQueue;
  readonly #patience = new Patience();
  readonly #slots: Slots;
  /** Calls with a promise, by slot. */
  readonly #pending = new Map<number, Pending>();
  readonly #inbox: Inbox;
  #sequence = 0;
  #seen = 0;
  #watching = false;
  #closed = false;

  constructor(port: MessagePort, shared: SharedState, queue: CallQueue) {
    this.#port = port;
    this.#shared = shared;
    this.#queue = queue;
    this.#inbox = new Inbox(port, (sequence) => this.#expects(sequence));
    this.#slots = new Slots(queue);
    queue.caller = currentThread();
    port.on('close', () => this.#end());
    port.unref();
  }

  get closed(): boolean {
    return this.#closed || this.#shared.gate.closed;
  }

  async call(name: string, args: readonly unknown[]): Promise<unknown> {
    const slot = this.#submit(KIND_CALL, [name, ...args], `an argument of '${name}'`);
    const sequence = this.#queue.sequence(slot);
    return new Promise((resolve, reject) => {
      this.#pending.set(slot, { sequence, resolve, reject });
      this.#watch();
    });
  }

  callBlocking(name: string, args: readonly unknown[], timeoutMs: number): unknown {
    if (this.#shared.ownedByThisThread) throw wouldDeadlockError(name);
    const end = timeoutMs < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    const slot = this.#submit(KIND_CALL_BLOCKING, [name, ...args], `an argument of '${name}'`);
    const alive = () => this.#shared.ownerIsAlive;
    const answered = sleepUntilDone(this.#queue, slot, end, this.#patience, alive);
    const state = advance(this.#queue.words, this.#queue.stateAt(slot), givenUp);
    if (state === CALL_DONE) return this.#takeAnswer(slot);
    this.#slots.lend(slot);
    if (answered === 'owner died') throw closedEndpointError();
    throw new RemoteTimeoutError(name, timeoutMs, state === CALL_STARTED);
  }

  fire(name: string, args: readonly unknown[]): void {
    this.#slots.lend(this.#submit(KIND_FIRE, [name, ...args], `an argument of '${name}'`));
  }

  kick(): void {
    if (this.#closed || !this.#shared.ring()) throw closedEndpointError();
  }

  stop(): void {
    this.#slots.lend(this.#submit(KIND_STOP, [], ''));
  }

  share(capacity: number): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const { buffer } = CallQueue.create(capacity);
    port1.postMessage({ protocol: PROTOCOL, shared: this.#shared.buffer, queue: buffer });
    this.#slots.lend(this.#submit(KIND_CONNECT, [port1, buffer], 'a port', [port1]));
    return port2;
  }

  close(): void {
    if (this.#closed) return;
    this.#end(true);
    this.#queue.hangUp();
    this.#shared.announce();
    this.#port.close();
  }

  /** Puts a call into the queue, and wakes the owner. */
  #submit(kind: number, values: readonly unknown[], what: string, moved?: MessagePort[]): number {
    if (this.closed) throw closedEndpointError();
    const queue = this.#queue;
    const slot = this.#slots.take();
    if (slot === undefined) throw queueFullError(queue.capacity);
    const list = moved ?? transferListOf(values);
    let length = list.length === 0 ? writeValues(values, queue.values(slot)) : ON_PORT;
    if (length < 0) {
      length = ON_PORT;
      try {
        this.#port.postMessage(values, list);
      } catch (error) {
        this.#slots.giveBack(slot);
        throw notCloneableError(what, error);
      }
    }
    this.#sequence = (this.#sequence + 1) | 0;
    queue.describe(slot, kind, length, this.#sequence);
    const { words } = queue;
    const at = queue.stateAt(slot);
    Atomics.store(words, at, CALL_QUEUED);
    queue.submit(slot);
    if (this.#shared.announce()) return slot;
    // Closed meanwhile. What the owner has taken it answers yet; the rest is taken back.
    const state = Atomics.compareExchange(words, at, CALL_QUEUED, CALL_CANCELLED);
    if (state !== CALL_QUEUED) return slot;
    throw closedEndpointError();
  }

  /** Looks for answers, soon and then in the event loop's own time, while some are expected. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#port.ref();
    this.#patience.begin();
    let slept = false;
    const look = () => {
      const count = this.#pending.size;
      this.#settle();
      if (this.#closed) return;
      if (this.#pending.size < count) this.#patience.end(!slept);
      if (this.#pending.size === 0) {
        this.#watching = false;
        this.#port.unref();
      } else if (this.#patience.left) {
        setImmediate(look);
      } else {
        slept = true;
        this.#queue.whenCompleted(this.#seen).then(look);
      }
    };
    setImmediate(look);
  }

  #settle(): void {
    while (this.#seen !== this.#queue.completed) {
      const slot = this.#queue.completedSlot(this.#seen);
      this.#seen = (this.#seen + 1) | 0;
      const call = this.#pending.get(slot);
      this.#pending.delete(slot);
      try {
        const value = this.#takeAnswer(slot);
        call?.resolve(value);
      } catch (error) {
        call?.reject(error);
      }
    }
  }

  #takeAnswer(slot: number): unknown {
    const queue = this.#queue;
    const kind = queue.kind(slot);
    const length = queue.length(slot);
    const value =
      length === ON_PORT
        ? this.#inbox.take(queue.sequence(slot))
        : readValues(queue.values(slot), length)[0];
    queue.release(slot);
    this.#slots.giveBack(slot);
    if (kind === KIND_VALUE) return value;
    if (kind === KIND_ERROR) throw reviveError(value as ErrorMessage);
    throw kind === KIND_THROWN ? value : closedEndpointError();
  }

  #expects(sequence: number): boolean {
    for (const call of this.#pending.values()) if (call.sequence === sequence) return true;
    return false;
  }

  /** Nothing more will come: what is answered is handed out, and the rest refused. */
  #end(cancel = false): void {
    if (this.#closed) return;
    this.#settle();
    this.#closed = true;
    for (const [slot, { reject }] of this.#pending) {
      if (cancel) advance(this.#queue.words, this.#queue.stateAt(slot), givenUp);
      reject(closedEndpointError());
    }
    this.#pending.clear();
  }
}
