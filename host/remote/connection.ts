import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { isThreadAlive } from '../sys/index.js';
import {
  type CallQueue,
  KIND_CALL,
  KIND_CALL_BLOCKING,
  KIND_CLOSED,
  KIND_CONNECT,
  KIND_ERROR,
  KIND_STOP,
  KIND_THROWN,
  KIND_VALUE,
  ON_PORT,
} from './call-queue.js';
import {
  advance,
  CALL_ABANDONED,
  CALL_QUEUED,
  CALL_STARTED,
  finished,
  started,
} from './call-state.js';
import { describeError, notCloneableError } from './remote-error.js';
import { transferListOf } from './transfer.js';
import { readValues, writeValues } from './wire.js';

/** What a connection asks of the manager's side. */
export interface Executor {
  invoke(name: string, args: unknown[]): unknown;
  /** Calls a procedure whose result nobody waits for. */
  fire(name: string, args: unknown[]): void;
  stop(): void;
  connect(port: MessagePort, queue: SharedArrayBuffer): void;
}

/** The owner's side of one caller. */
export class Connection {
  readonly queue: CallQueue;
  readonly #port: MessagePort;
  readonly #executor: Executor;
  /** Calls that were started and whose procedures have promised an answer: kind by slot. */
  readonly #promised = new Map<number, number>();
  /** How many of the submitted calls were taken, and are to be by the end of this turn. */
  #taken = 0;
  #limit = 0;
  #gone = false;

  /** `onGone` is told when the caller's end of the port was closed. */
  constructor(port: MessagePort, queue: CallQueue, executor: Executor, onGone: () => void) {
    this.#port = port;
    this.queue = queue;
    this.#executor = executor;
    port.on('close', () => {
      this.#gone = true;
      onGone();
    });
    port.unref();
  }

  /** Whether nothing can come of this caller any more. */
  get over(): boolean {
    return (this.#gone || this.queue.hungUp) && this.#taken === this.queue.submitted;
  }

  /** Whether its thread has ended without a word. */
  checkCaller(): void {
    const { caller } = this.queue;
    if (caller !== 0 && !isThreadAlive(caller)) this.#gone = true;
  }

  begin(): void {
    this.#limit = this.queue.submitted;
  }

  /** Handles what was submitted before `begin`: how many procedures were called. */
  deliver(): number {
    let calls = 0;
    while (this.#taken !== this.#limit) {
      const slot = this.queue.submittedSlot(this.#taken);
      this.#taken = (this.#taken + 1) | 0;
      if (this.#take(slot)) calls += 1;
    }
    return calls;
  }

  /** Answers all that is still open with ERR_CLOSED, and lets go of the port. */
  close(): void {
    for (this.begin(); this.#taken !== this.#limit; this.#taken = (this.#taken + 1) | 0) {
      this.#refuse(this.queue.submittedSlot(this.#taken));
    }
    for (const [slot, kind] of this.#promised) this.#finish(slot, kind, KIND_CLOSED, 0);
    this.#promised.clear();
    this.#port.removeAllListeners('close');
    this.#port.close();
  }

  #take(slot: number): boolean {
    const { queue } = this;
    const kind = queue.kind(slot);
    // What came by port is taken in any case: the next call's is behind it.
    const values = this.#valuesOf(slot);
    const state = advance(queue.words, queue.stateAt(slot), started);
    if (state !== CALL_QUEUED) return false;
    const answered = kind === KIND_CALL || kind === KIND_CALL_BLOCKING;
    if (!answered) queue.release(slot);
    if (kind === KIND_STOP) this.#executor.stop();
    else if (kind === KIND_CONNECT) this.#connect(values);
    else if (answered) return this.#call(slot, kind, values);
    else this.#executor.fire(values[0] as string, values.slice(1));
    return kind !== KIND_STOP && kind !== KIND_CONNECT;
  }

  #valuesOf(slot: number): unknown[] {
    const length = this.queue.length(slot);
    if (length !== ON_PORT) return readValues(this.queue.values(slot), length);
    return (receiveMessageOnPort(this.#port)?.message ?? []) as unknown[];
  }

  #connect([port, buffer]: unknown[]): void {
    this.#executor.connect(port as MessagePort, buffer as SharedArrayBuffer);
  }

  #call(slot: number, kind: number, [name, ...args]: unknown[]): boolean {
    // A thread that has ended waits for nothing.
    if (this.#gone) {
      this.#finish(slot, kind, KIND_CLOSED, 0);
      return false;
    }
    try {
      const result = this.#executor.invoke(name as string, args);
      if (isThenable(result)) this.#promise(slot, kind, result);
      else this.#answer(slot, kind, result);
    } catch (error) {
      this.#answerError(slot, kind, error);
    }
    return true;
  }

  /** Answers later, unless the manager is closed before. */
  #promise(slot: number, kind: number, result: PromiseLike<unknown>): void {
    this.#promised.set(slot, kind);
    result.then(
      (value) => {
        if (this.#promised.delete(slot)) this.#answer(slot, kind, value);
      },
      (error) => {
        if (this.#promised.delete(slot)) this.#answerError(slot, kind, error);
      },
    );
  }

  #answer(slot: number, kind: number, value: unknown): void {
    const list = transferListOf([value]);
    const length = list.length === 0 ? writeValues([value], this.queue.values(slot)) : ON_PORT;
    if (length >= 0) {
      this.#finish(slot, kind, KIND_VALUE, length);
      return;
    }
    try {
      if (this.#wanted(slot)) this.#post(slot, value, list);
    } catch (error) {
      this.#answerError(slot, kind, notCloneableError('the result', error));
      return;
    }
    this.#finish(slot, kind, KIND_VALUE, ON_PORT);
  }

  #answerError(slot: number, kind: number, error: unknown): void {
    const description = describeError(error);
    try {
      if (this.#wanted(slot)) this.#post(slot, description ?? error, []);
    } catch (reason) {
      this.#answerError(slot, kind, notCloneableError('what was thrown', reason));
      return;
    }
    this.#finish(slot, kind, description ? KIND_ERROR : KIND_THROWN, ON_PORT);
  }

  #wanted(slot: number): boolean {
    const { queue } = this;
    return Atomics.load(queue.words, queue.stateAt(slot)) !== CALL_ABANDONED;
  }

  #post(slot: number, value: unknown, list: ReturnType<typeof transferListOf>): void {
    this.#port.postMessage({ sequence: this.queue.sequence(slot), value }, list);
  }

  /** Puts the answer where the caller looks for it, and tells it. */
  #finish(slot: number, kind: number, answerKind: number, length: number): void {
    const { queue } = this;
    const at = queue.stateAt(slot);
    queue.describe(slot, answerKind, length, queue.sequence(slot));
    const state = advance(queue.words, at, finished);
    if (state !== CALL_STARTED && state !== CALL_QUEUED) return;
    if (kind === KIND_CALL) queue.complete(slot);
    else Atomics.notify(queue.words, at);
  }

  /** What is queued when the manager is closed. */
  #refuse(slot: number): void {
    const kind = this.queue.kind(slot);
    if (kind === KIND_CONNECT) this.#take(slot);
    else if (kind === KIND_CALL || kind === KIND_CALL_BLOCKING) {
      this.#finish(slot, kind, KIND_CLOSED, 0);
    } else this.queue.release(slot);
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
