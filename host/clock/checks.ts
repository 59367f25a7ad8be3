import { checkFlag, invalidType, outOfRange } from '../contract/index.js';

/** Nanoseconds since 1970, or as a duration: a bigint, or a number that is an integer. */
export type Nanoseconds = bigint | number;

/** Where time ends: what a timerfd, and the heap of timers, can hold. In April 2262. */
export const TIME_MAX = 2n ** 63n - 1n;

/** A time, or the end of time where that comes before. */
export function capTime(time: bigint): bigint {
  if (time > TIME_MAX) return TIME_MAX;
  return time;
}

/** Refuses a time that has passed, where that was asked for. */
export function refusePast(
  options: { allowPast?: boolean },
  name: string,
  time: bigint,
  now: bigint,
): void {
  if (!checkFlag('allowPast', options.allowPast, true))
    throw outOfRange(name, `${now}, the time now, or later`, time);
}

/** A time or a duration, checked. */
export function toNs(name: string, value: unknown): bigint {
  if (typeof value !== 'bigint' && typeof value !== 'number') {
    throw invalidType(name, 'nanoseconds, as a bigint or a number', value);
  }
  if (typeof value === 'number' && !Number.isInteger(value)) {
    throw outOfRange(name, 'a whole number of nanoseconds', value);
  }
  const time = BigInt(value);
  if (time < 0n || time > TIME_MAX) throw outOfRange(name, 'from 0 to 2⁶³−1 nanoseconds', value);
  return time;
}

/** A timer's name: a string, and not empty. */
export function checkName(name: unknown): string {
  if (typeof name !== 'string') throw invalidType("A timer's name", 'a string', name);
  if (name === '') throw outOfRange("A timer's name", 'not empty', name);
  return name;
}
