import { Drained } from '../contract/index.js';

/** Streams that wait to be taken, before the listener accepts no more. */
const QUEUE_MAX = 64;

interface Waiting<S> {
  resolve(result: IteratorResult<S>): void;
}

/** Accepted streams on their way to a `for await`. */
export class AcceptQueue<S extends { close(): void }> implements AsyncIterableIterator<S> {
  readonly #pause: (full: boolean) => void;
  readonly #streams: S[] = [];
  readonly #waiting: Waiting<S>[] = [];
  #ended = false;

  constructor(pause: (full: boolean) => void) {
    this.#pause = pause;
  }

  push(stream: S): undefined {
    const next = this.#waiting.shift();
    if (next) next.resolve({ value: stream, done: false });
    else this.#streams.push(stream);
    if (this.#streams.length === QUEUE_MAX) this.#pause(true);
    return undefined;
  }

  async next(): Promise<IteratorResult<S>> {
    const value = this.#streams.shift();
    if (value !== undefined) {
      if (!this.#ended && this.#streams.length === QUEUE_MAX - 1) this.#pause(false);
      return { value, done: false };
    }
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve) => this.#waiting.push({ resolve }));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The listener is closed: nobody takes what waits. */
  end(): void {
    this.#ended = true;
    for (const stream of this.#streams.splice(0)) stream.close();
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }
}

/** Waits until a listener that is closed has no connection left. */
export function drainedConnections(left: () => number): Drained {
  return new Drained(left, 'connections are open', 'close their streams, or wait on');
}
