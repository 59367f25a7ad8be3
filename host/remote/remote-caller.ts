import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Drained } from '../contract/index.js';
import { currentThread, forget, type Lease, watchOverNamed } from '../sys/index.js';
import {
  CallQueue,
  KIND_CALL,
  KIND_CALL_BLOCKING,
  KIND_CLOSED,
  KIND_ERROR,
  KIND_FIRE,
  KIND_LOST,
  KIND_STOP,
  KIND_VALUE,
  ON_PORT,
} from './call-queue.js';
import { advance, CALL_DONE, CALL_STARTED, givenUp } from './call-state.js';
import type { Caller } from './caller.js';
import { type ErrorMessage, reviveError } from './error-message.js';
import { Inbox, NothingReceived } from './inbox.js';
import { Patience } from './patience.js';
import {
  closedEndpointError,
  lostAnswerError,
  RemoteTimeoutError,
  unreadableError,
  wouldDeadlockError,
} from './remote-error.js';
import { PROTOCOL, type SharedState } from './shared-state.js';
import { sleepUntilDone } from './sleep.js';
import { Submissions } from './submissions.js';
import { readValues } from './wire.js';

interface Pending {
  /** The procedure's. */
  name: string;
  slot: number;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** One thread's way to a manager in another. */
export class RemoteCaller implements Caller {
  readonly #port: MessagePort;
  readonly #shared: SharedState;
  readonly #queue: CallQueue;
  readonly #patience = new Patience();
  readonly #submissions: Submissions;
  /** Calls with a promise, by their numbers. */
  readonly #pending = new Map<number, Pending>();
  readonly #inbox: Inbox;
  readonly #drained = new Drained(
    () => this.#pending.size,
    'calls were not answered',
    'wait on, or close without `drain`',
  );
  #seen = 0;
  #watching = false;
  #lease: Lease | undefined;

  constructor(port: MessagePort, shared: SharedState, queue: CallQueue) {
    this.#port = port;
    this.#shared = shared;
    this.#queue = queue;
    this.#inbox = new Inbox(port, (sequence) => this.#pending.has(sequence));
    this.#submissions = new Submissions(port, shared, queue);
    queue.caller = currentThread();
    port.on('close', () => this.#end());
    port.unref();
  }

  /** When `endpoint` is collected, nobody can close this any more, and that is told. */
  ownedBy(endpoint: object): void {
    this.#lease = watchOverNamed(endpoint, 'a remote endpoint');
  }

  get closed(): boolean {
    return this.#submissions.closed;
  }

  async call(name: string, args: readonly unknown[]): Promise<unknown> {
    const slot = this.#submissions.call(KIND_CALL, name, args);
    return new Promise((resolve, reject) => {
      this.#pending.set(this.#queue.sequence(slot), { name, slot, resolve, reject });
      this.#watch();
    });
  }

  callBlocking(name: string, args: readonly unknown[], timeoutMs: number): unknown {
    if (this.#shared.ownedByThisThread) throw wouldDeadlockError(name);
    const end = timeoutMs < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    const slot = this.#submissions.call(KIND_CALL_BLOCKING, name, args);
    const alive = () => this.#shared.ownerIsAlive;
    const answered = sleepUntilDone(this.#queue, slot, end, this.#patience, alive);
    const state = advance(this.#queue.words, this.#queue.stateAt(slot), givenUp);
    if (state === CALL_DONE) return this.#takeAnswer(slot, name);
    this.#submissions.slots.abandon(slot);
    if (answered === 'owner died') throw closedEndpointError(name);
    throw new RemoteTimeoutError(name, timeoutMs, state === CALL_STARTED);
  }

  fire(name: string, args: readonly unknown[]): void {
    this.#submissions.slots.lend(this.#submissions.call(KIND_FIRE, name, args));
  }

  kick(): void {
    if (this.#submissions.ended || !this.#shared.ring()) throw closedEndpointError();
  }

  stop(): void {
    this.#submissions.slots.lend(this.#submissions.signal(KIND_STOP));
  }

  share(capacity: number): MessagePort {
    if (this.closed) throw closedEndpointError();
    const { port1, port2 } = new MessageChannel();
    try {
      const { buffer } = CallQueue.create(capacity);
      port1.postMessage({ protocol: PROTOCOL, shared: this.#shared.buffer, queue: buffer });
      this.#submissions.slots.lend(this.#submissions.connect(port1, buffer));
    } catch (error) {
      // Nobody has it who would close it.
      port2.close();
      throw error;
    }
    return port2;
  }

  drained(timeoutMs: number | undefined): Promise<void> {
    return this.#drained.wait(timeoutMs);
  }

  close(): void {
    if (this.#submissions.ended) return;
    this.#end(true);
    this.#queue.hangUp();
    try {
      this.#shared.announce();
    } finally {
      // Which the owner hears of, too.
      this.#port.close();
    }
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
      if (this.#submissions.ended) return;
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
      const sequence = this.#queue.sequence(slot);
      const call = this.#pending.get(sequence);
      this.#pending.delete(sequence);
      try {
        const value = this.#takeAnswer(slot, call?.name);
        call?.resolve(value);
      } catch (error) {
        call?.reject(error);
      }
    }
    this.#drained.check();
  }

  /** The answer that stands in a slot, which is free from then on, whatever comes of it. */
  #takeAnswer(slot: number, name?: string): unknown {
    const kind = this.#queue.kind(slot);
    let value: unknown;
    try {
      value = this.#read(slot, name);
    } finally {
      this.#queue.release(slot);
      this.#submissions.slots.giveBack(slot);
    }
    if (kind === KIND_VALUE) return value;
    if (kind === KIND_ERROR) throw reviveError(value as ErrorMessage);
    if (kind === KIND_CLOSED) throw closedEndpointError(name);
    throw kind === KIND_LOST ? lostAnswerError() : value;
  }

  #read(slot: number, name: string | undefined): unknown {
    const queue = this.#queue;
    const length = queue.length(slot);
    if (length !== ON_PORT) return readValues(queue.values(slot), length)[0];
    try {
      return this.#inbox.take(queue.sequence(slot));
    } catch (error) {
      if (error instanceof NothingReceived) throw closedEndpointError(name);
      throw unreadableError('the answer to a remote call, which has run,', error);
    }
  }

  /** Nothing more will come: what is answered is handed out, and the rest refused. */
  #end(cancel = false): void {
    if (this.#submissions.ended) return;
    this.#settle();
    this.#submissions.end();
    if (this.#lease) forget(this.#lease);
    for (const { name, slot, reject } of this.#pending.values()) {
      if (cancel) advance(this.#queue.words, this.#queue.stateAt(slot), givenUp);
      reject(closedEndpointError(name));
    }
    this.#pending.clear();
    this.#drained.check();
  }
}
