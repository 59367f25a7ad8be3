import { outOfRange } from '../contract/index.js';
import { TIME_MAX } from './checks.js';

const POLICIES = ['all', 'coalesce', 'skip'] as const;

/**
 * What comes of a recurring timer's events whose times have passed together, as its handlers, or
 * others, took longer than its interval, or the process was stopped:
 *
 * - `'all'`: each of them, one by one. A turn delivers what is due, and 1 000 events more at the
 *   most of timers that lag behind; the rest come in the turns after it.
 * - `'coalesce'`: one event for all of them. Its time is the last one's, and `count` their number.
 * - `'skip'`: the last of them, as if the others had never been.
 */
export type MissedPolicy = (typeof POLICIES)[number];

export function checkMissed(missed: unknown): MissedPolicy {
  if (POLICIES.includes(missed as MissedPolicy)) return missed as MissedPolicy;
  throw outOfRange('missed', `one of ${POLICIES.join(', ')}`, missed);
}

/** One event of a timer: its time, how many it stands for, and when the timer's next one comes. */
export interface Tick {
  readonly time: bigint;
  readonly count: number;
  /** Undefined after the last. */
  readonly next: bigint | undefined;
}

/** When a timer fires after it has fired. */
export interface Recurrence {
  /** The time after `time`; undefined when that was the last. */
  after(time: bigint): bigint | undefined;
  /** The last of its times from `time` on that is no later than `now`. */
  latest(time: bigint, now: bigint): Tick;
}

/** The event of a recurring timer that was to come at `time`, and comes `now`. */
export function tickOf(
  recurrence: Recurrence,
  missed: MissedPolicy,
  time: bigint,
  now: bigint,
): Tick {
  if (missed === 'all' || now <= time) return { time, count: 1, next: recurrence.after(time) };
  const tick = recurrence.latest(time, now);
  if (missed === 'coalesce') return tick;
  const { next } = tick;
  // A calendar looks only so far ahead.
  const skipped = next !== undefined && next <= now ? recurrence.after(now) : next;
  return { time: tick.time, count: 1, next: skipped };
}

/** start, start + interval, … up to and with `stop`. Counted from the start, it can't drift. */
export class Interval implements Recurrence {
  readonly #interval: bigint;
  readonly #stop: bigint;

  constructor(interval: bigint, stop = TIME_MAX) {
    this.#interval = interval;
    this.#stop = stop;
  }

  after(time: bigint): bigint | undefined {
    const next = time + this.#interval;
    return next > this.#stop ? undefined : next;
  }

  latest(time: bigint, now: bigint): Tick {
    const end = now < this.#stop ? now : this.#stop;
    const steps = (end - time) / this.#interval;
    const last = time + steps * this.#interval;
    return { time: last, count: Number(steps) + 1, next: this.after(last) };
  }
}

/** The first time of a grid that has not passed. @throws RangeError where there is none */
export function firstOf(interval: bigint, earliest: bigint, now: bigint, stop: bigint): bigint {
  const steps = earliest < now ? (now - earliest + interval - 1n) / interval : 0n;
  const first = earliest + steps * interval;
  if (first > TIME_MAX) {
    const range = 'so short that its first event is at 2⁶³−1 ns or before';
    throw outOfRange('intervalNs', range, interval);
  }
  if (stop < first) {
    throw outOfRange('stopNs', `the first event's time, ${first}, or later`, stop);
  }
  return first;
}
