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

let clockTimeouts = 0;

/** By a clock's timers: in the turns of its manager, or as a test clock is advanced. */
export class ClockTimeouts implements Timeouts {
  readonly #clock: () => Clock;
  #started = 0;
  readonly #prefix: string;

  /** The clock is asked for when the first timeout is started. */
  constructor(clock: () => Clock) {
    this.#clock = clock;
    clockTimeouts += 1;
    this.#prefix = `bus ${clockTimeouts}, request`;
  }

  start(milliseconds: number, expire: () => void): () => void {
    const clock = this.#clock();
    this.#started += 1;
    const name = `${this.#prefix} ${this.#started}`;
    const wait = BigInt(Math.ceil(milliseconds * NANOSECONDS_PER_MILLISECOND));
    clock.setTimeAlert(name, clock.timestampNs() + wait, { handler: expire });
    return () => void clock.cancelTimer(name);
  }
}
