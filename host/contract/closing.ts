/** How a source that closes its own fd is told who watches that: see `beforeClose`. */
export const BEFORE_CLOSE: unique symbol = Symbol('before close');

/** A source that tells, right before it closes its fd. */
interface TellingSource {
  [BEFORE_CLOSE](end: () => void): () => void;
}

/** Who watches a fd that its source is going to close. */
export class Watchers {
  readonly #ends = new Set<() => void>();

  /** Answers how to take `end` back. */
  add(end: () => void): () => void {
    this.#ends.add(end);
    return () => void this.#ends.delete(end);
  }

  /** Ends each, once. Throws, when all have ended, what the first of them threw. */
  endAll(): void {
    const errors: unknown[] = [];
    for (const end of this.#ends) {
      this.#ends.delete(end);
      try {
        end();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * Has `end` called, once, right before a source closes its fd, while epoll can still be told of it.
 * Answers how to take that back. Numbers, and objects of others that wrap a fd, never tell.
 */
export function beforeClose(source: unknown, end: () => void): () => void {
  if (typeof source !== 'object' || source === null || !(BEFORE_CLOSE in source)) return nothing;
  return (source as TellingSource)[BEFORE_CLOSE](end);
}

function nothing(): void {}
