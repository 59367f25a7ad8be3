import type { MessagePort } from 'node:worker_threads';
import { isThenable } from '../contract/index.js';
import { isThreadAlive } from '../sys/index.js';
import type { GoOn } from '../turn/index.js';
import { Answers } from './answers.js';
import {
  type CallQueue,
  KIND_CALL,
  KIND_CALL_BLOCKING,
  KIND_CONNECT,
  KIND_STOP,
  ON_PORT,
} from './call-queue.js';
import { advance, CALL_QUEUED, started } from './call-state.js';
import { Inbox } from './inbox.js';
import { unreadableError } from './remote-error.js';
import { readValues } from './wire.js';

/** What a connection asks of the manager's side. */
export interface Executor {
  invoke(name: string, args: unknown[]): unknown;
  /** Calls a procedure whose result nobody waits for. */
  fire(name: string, args: unknown[]): void;
  /** Deals with the error of a call that nobody waits for. */
  blame(error: unknown): void;
  stop(): void;
  connect(port: MessagePort, queue: SharedArrayBuffer): void;
}

/** The owner's side of one caller. */
export class Connection {
  readonly queue: CallQueue;
  readonly #port: MessagePort;
  readonly #onPortClosed: () => void;
  readonly #executor: Executor;
  readonly #answers: Answers;
  /** What belongs to an earlier call than the one that is taken came too late. */
  readonly #inbox: Inbox;
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
    this.#answers = new Answers(port, queue);
    this.#inbox = new Inbox(port, (sequence, wanted) => ((sequence - wanted) | 0) > 0);
    this.#onPortClosed = () => {
      this.#gone = true;
      onGone();
    };
    port.on('close', this.#onPortClosed);
    port.unref();
  }

  /** Whether nothing can come of this caller any more. */
  get over(): boolean {
    return (this.#gone || this.queue.hungUp) && this.#taken === this.queue.submitted;
  }

  /** Whether all was taken that belongs to the present turn. */
  get delivered(): boolean {
    return this.#taken === this.#limit;
  }

  /** Whether its thread has ended without a word. */
  checkCaller(): void {
    const { caller } = this.queue;
    if (caller !== 0 && !isThreadAlive(caller)) this.#gone = true;
  }

  begin(): void {
    this.#limit = this.queue.submitted;
  }

  /** Handles what was submitted before `begin`, within the budget: how many calls it is now. */
  deliver(callsBefore: number, goOn: GoOn): number {
    let calls = callsBefore;
    while (this.#taken !== this.#limit && (calls === 0 || goOn(calls))) {
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
    for (const [slot, kind] of this.#promised) this.#answers.closed(slot, kind);
    this.#promised.clear();
    this.#port.off('close', this.#onPortClosed);
    this.#port.close();
  }

  /** Whether a procedure was called. */
  #take(slot: number): boolean {
    const { queue } = this;
    const kind = queue.kind(slot);
    // What came by port is taken in any case: it may have a port in it, to be let go.
    const values = this.#valuesOf(slot);
    const state = advance(queue.words, queue.stateAt(slot), started);
    if (state !== CALL_QUEUED) return false;
    if (kind === KIND_CALL || kind === KIND_CALL_BLOCKING) return this.#call(slot, kind, values);
    queue.release(slot);
    if (kind === KIND_STOP) this.#executor.stop();
    else if (!Array.isArray(values)) this.#executor.blame(values);
    else if (kind === KIND_CONNECT) this.#connect(values);
    else this.#executor.fire(values[0] as string, values.slice(1));
    return kind !== KIND_STOP && kind !== KIND_CONNECT;
  }

  /** What a call brings, or the error in its place. */
  #valuesOf(slot: number): unknown[] | Error {
    const { queue } = this;
    const length = queue.length(slot);
    if (length !== ON_PORT) return readValues(queue.values(slot), length);
    try {
      return this.#inbox.take(queue.sequence(slot)) as unknown[];
    } catch (error) {
      return unreadableError('an argument of a remote call', error);
    }
  }

  #connect([port, buffer]: unknown[]): void {
    this.#executor.connect(port as MessagePort, buffer as SharedArrayBuffer);
  }

  #call(slot: number, kind: number, values: unknown[] | Error): boolean {
    // A thread that has ended waits for nothing.
    if (this.#gone) {
      this.#answers.closed(slot, kind);
      return false;
    }
    if (!Array.isArray(values)) {
      this.#answers.error(slot, kind, values);
      return false;
    }
    try {
      const result = this.#executor.invoke(values[0] as string, values.slice(1));
      if (isThenable(result)) this.#promise(slot, kind, result);
      else this.#answers.value(slot, kind, result);
    } catch (error) {
      this.#answers.error(slot, kind, error);
    }
    return true;
  }

  /**
   * Answers later, unless the manager is closed before. `await` settles once, whatever a `then` of
   * the user's own does, and in a stack of its own.
   */
  async #promise(slot: number, kind: number, result: PromiseLike<unknown>): Promise<void> {
    this.#promised.set(slot, kind);
    try {
      const value = await result;
      if (this.#promised.delete(slot)) this.#answers.value(slot, kind, value);
    } catch (error) {
      if (this.#promised.delete(slot)) this.#answers.error(slot, kind, error);
    }
  }

  /** What is queued when the manager is closed. */
  #refuse(slot: number): void {
    const kind = this.queue.kind(slot);
    if (kind === KIND_CONNECT) this.#take(slot);
    else if (kind === KIND_CALL || kind === KIND_CALL_BLOCKING) this.#answers.closed(slot, kind);
    else this.queue.release(slot);
  }
}
