import type { TimeEventFunction } from './handler.js';

/** When a timer fires after it has fired. */
export interface Recurrence {
  /** The time after `time`; undefined when that was the last. */
  after(time: bigint): bigint | undefined;
}

/** One named timer of a clock. */
export class Timer {
  readonly name: string;
  readonly handler: TimeEventFunction;
  readonly recurrence: Recurrence | undefined;
  /** When it fires next, in nanoseconds since 1970. */
  time: bigint;
  /** Its place in the heap; 0 when it isn't set. */
  slot = 0;
  /** False once it was cancelled, replaced, or has fired for the last time. */
  active = true;

  constructor(
    name: string,
    time: bigint,
    handler: TimeEventFunction,
    recurrence: Recurrence | undefined,
  ) {
    this.name = name;
    this.time = time;
    this.handler = handler;
    this.recurrence = recurrence;
  }
}

/** One time of a timer, taken out of the heap to be delivered. */
export interface Occurrence {
  readonly timer: Timer;
  readonly time: bigint;
}

/** start, start + interval, … up to and with `stop`. Counted from the start, it can't drift. */
export class Interval implements Recurrence {
  readonly #interval: bigint;
  readonly #stop: bigint | undefined;

  constructor(interval: bigint, stop: bigint | undefined) {
    this.#interval = interval;
    this.#stop = stop;
  }

  after(time: bigint): bigint | undefined {
    const next = time + this.#interval;
    return this.#stop !== undefined && next > this.#stop ? undefined : next;
  }
}
