import type { TimeEventFunction } from './handler.js';

/** When a timer fires after it has fired. */
export interface Recurrence {
  /** The time after `time`; undefined when that was the last. */
  after(time: bigint): bigint | undefined;
}

/** A timer without a name, as `alertAt` answers it. */
export interface Alert {
  /** When it fires, in nanoseconds since 1970. */
  readonly time: bigint;
  /** Whether it is still to fire. */
  readonly active: boolean;
}

/** One timer of a clock. */
export class Timer implements Alert {
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

export function byTimeAndName(a: Occurrence, b: Occurrence): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  if (a.timer.name === b.timer.name) return 0;
  return a.timer.name < b.timer.name ? -1 : 1;
}
