import { EPOLLEXCLUSIVE } from '../../assembly/abi.js';
import { epollEventSize } from '../sys/index.js';
import { EventManagerError, invalidType, outOfRange } from './errors.js';
import { EventSet, KNOWN_EVENTS, NOT_WITH_EXCLUSIVE } from './event-set.js';
import { INT32_MAX, UINT32_MAX } from './numbers.js';

/**
 * The most events that one wait can bring: epoll_wait(2) refuses more than INT_MAX bytes of
 * them. 178 956 970 on x86-64, 134 217 727 elsewhere.
 */
export const MAX_READY_EVENTS: number = Math.floor(INT32_MAX / epollEventSize());

/** A set of known bits, unsigned. Bitwise operators make one with EDGE_TRIGGERED negative. */
export function checkEventSet(set: unknown): EventSet {
  if (typeof set !== 'number') throw invalidType('An event set', 'a number', set);
  if (!Number.isInteger(set) || set < -INT32_MAX - 1 || set > UINT32_MAX) {
    throw outOfRange('An event set', 'an integer of 32 bits', set);
  }
  if ((set & ~KNOWN_EVENTS) !== 0) {
    throw outOfRange('An event set', 'made of the flags in `EventSet`', EventSet.format(set));
  }
  return set >>> 0;
}

/** The user's own 32 bits, unsigned. */
export function checkData(data: unknown): number {
  if (typeof data !== 'number') throw invalidType('The data of an event', 'a number', data);
  if (!Number.isInteger(data) || data < 0 || data > UINT32_MAX) {
    throw outOfRange('The data of an event', 'an integer from 0 to 2³²−1', data);
  }
  return data;
}

/** A combination that the kernel takes for an interest. */
export function checkInterest(set: EventSet, fd: number): void {
  const illegal = set & NOT_WITH_EXCLUSIVE;
  if ((set & EPOLLEXCLUSIVE) === 0 || illegal === 0) return;
  throw new EventManagerError(
    'ERR_INVALID_INTEREST',
    `EXCLUSIVE can't stand beside ${EventSet.format(illegal)}: leave one of them out`,
    { fd },
  );
}

/** A timeout for the tables: milliseconds, or −1 to wait for ever. */
export function checkTimeout(milliseconds: unknown): number {
  if (milliseconds === undefined || milliseconds === Number.POSITIVE_INFINITY) return -1;
  if (typeof milliseconds !== 'number') {
    throw invalidType('A timeout', 'a number of milliseconds, or undefined', milliseconds);
  }
  if (!(milliseconds >= 0)) {
    throw outOfRange('A timeout', 'zero or more milliseconds, or Infinity', milliseconds);
  }
  return milliseconds;
}

/** What `setTimeout` takes; undefined where there is no limit. */
export function checkDelay(milliseconds: unknown): number | undefined {
  const timeoutMs = checkTimeout(milliseconds);
  if (timeoutMs > INT32_MAX) {
    throw outOfRange('A timeout', '2³¹−1 milliseconds at the most, or Infinity', timeoutMs);
  }
  return timeoutMs < 0 ? undefined : timeoutMs;
}

/** A batch size: an integer from 1 to MAX_READY_EVENTS, or 'auto'. */
export function checkCapacity(capacity: unknown, maximum: number): number | 'auto' {
  if (capacity === 'auto') return capacity;
  const fits = Number.isInteger(capacity) && Number(capacity) >= 1 && Number(capacity) <= maximum;
  if (!fits) {
    throw new EventManagerError(
      'ERR_INVALID_CAPACITY',
      `capacity must be 'auto' or an integer from 1 to ${maximum}, not ${String(capacity)}`,
    );
  }
  return capacity as number;
}

/** An option that counts something: an integer from `least` on. */
export function checkCount(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(name, `an integer from ${least} to ${most}`, value);
  }
  return value;
}

/** An AbortSignal, where there is one. */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal !== undefined && typeof signal?.aborted !== 'boolean') {
    throw invalidType('signal', 'an AbortSignal', signal);
  }
  return signal;
}

/** Whether someone has to wait for a value: a promise, or what takes `then` for one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
