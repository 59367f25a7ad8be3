import type { MessagePort } from 'node:worker_threads';
import {
  type CallQueue,
  KIND_CALL,
  KIND_CLOSED,
  KIND_ERROR,
  KIND_LOST,
  KIND_THROWN,
  KIND_VALUE,
  ON_PORT,
} from './call-queue.js';
import { advance, CALL_ABANDONED, CALL_QUEUED, CALL_STARTED, finished } from './call-state.js';
import { describeError } from './error-message.js';
import { postParcel } from './inbox.js';
import { notCloneableError } from './remote-error.js';
import { type Transferable, transferListOf } from './transfer.js';
import { writeValues } from './wire.js';

/** How the owner answers the calls of one caller: each of them once, and none by throwing. */
export class Answers {
  readonly #port: MessagePort;
  readonly #queue: CallQueue;

  constructor(port: MessagePort, queue: CallQueue) {
    this.#port = port;
    this.#queue = queue;
  }

  value(slot: number, kind: number, value: unknown): void {
    let length: number;
    try {
      const list = transferListOf([value]);
      length = list.length === 0 ? writeValues([value], this.#queue.values(slot)) : ON_PORT;
      if (length < 0) this.#post(slot, value, list);
    } catch (error) {
      this.error(slot, kind, notCloneableError('the result', error));
      return;
    }
    this.#finish(slot, kind, KIND_VALUE, length);
  }

  error(slot: number, kind: number, error: unknown): void {
    const sent = this.#postError(slot, error);
    this.#finish(slot, kind, sent, sent === KIND_LOST ? 0 : ON_PORT);
  }

  /** The manager, or the way to it, was closed. */
  closed(slot: number, kind: number): void {
    this.#finish(slot, kind, KIND_CLOSED, 0);
  }

  /** As what kind of answer it was sent. */
  #postError(slot: number, error: unknown): number {
    const description = describeError(error);
    try {
      this.#post(slot, description ?? error, []);
      return description ? KIND_ERROR : KIND_THROWN;
    } catch (reason) {
      if (description) return KIND_LOST;
      return this.#postError(slot, notCloneableError('what was thrown', reason));
    }
  }

  #post(slot: number, value: unknown, list: Transferable[]): void {
    const { words } = this.#queue;
    // Nobody would take it.
    if (Atomics.load(words, this.#queue.stateAt(slot)) === CALL_ABANDONED) return;
    postParcel(this.#port, this.#queue.sequence(slot), value, list);
  }

  /** Puts the answer where the caller looks for it, and tells it. */
  #finish(slot: number, kind: number, answerKind: number, length: number): void {
    const queue = this.#queue;
    const at = queue.stateAt(slot);
    queue.describe(slot, answerKind, length, queue.sequence(slot));
    const state = advance(queue.words, at, finished);
    if (state !== CALL_STARTED && state !== CALL_QUEUED) return;
    if (kind === KIND_CALL) queue.complete(slot);
    else Atomics.notify(queue.words, at);
  }
}
