import type { Clock } from '../clock/internal.js';

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** What ends the wait for an answer. */
export interface Timeouts {
  /** Calls `expire` after so many milliseconds. Answers how to stop that. */
  start(milliseconds: number, expire: () => void): () => void;
}

/** By Node's timers, for a bus without a manager. A pending one keeps the process alive. */
export const NODE_TIMEOUTS: Timeouts = {
  start(milliseconds, expire) {
    const timer = setTimeout(expire, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * By a clock: in the turns of its manager, or as a test clock is advanced. No method of a clock
 * that is shared cancels them; disposing it ends them soon.
 */
export class ClockTimeouts implements Timeouts {
  readonly #clock: () => Clock;

  /** The clock is asked for when the first timeout is started. */
  constructor(clock: () => Clock) {
    this.#clock = clock;
  }

  start(milliseconds: number, expire: () => void): () => void {
    const wait = BigInt(Math.ceil(milliseconds * NANOSECONDS_PER_MILLISECOND));
    return this.#clock().callAfter(wait, expire);
  }
}
