import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT } from '../../assembly/abi.js';
import { EventManagerError, type EventSet } from '../contract/index.js';
import type { Terms } from './share.js';

const BITS = 32;

/**
 * What several want of one fd, counted bit by bit, so that one may come, go and change its mind
 * without a look at the others.
 */
export class Wishes {
  readonly #counts = new Int32Array(BITS);
  #union = 0;
  /** How many are neither paused nor disarmed. */
  armed = 0;
  /** How many there are, and how many of them are edge-triggered. */
  size = 0;
  edgeTriggered = 0;

  /** What one or other of those that are armed wants. */
  get union(): EventSet {
    return this.#union >>> 0;
  }

  add(terms: Omit<Terms, 'data'>): void {
    this.#count(terms, 1);
  }

  remove(terms: Omit<Terms, 'data'>): void {
    this.#count(terms, -1);
  }

  #count({ interest, state }: Omit<Terms, 'data'>, one: 1 | -1): void {
    this.size += one;
    if ((interest & EPOLLET) !== 0) this.edgeTriggered += one;
    if (state !== 0) return;
    this.armed += one;
    for (let rest = interest; rest !== 0; rest &= rest - 1) {
      const bit = BITS - 1 - Math.clz32(rest & -rest);
      this.#counts[bit]! += one;
      if (this.#counts[bit] === 0) this.#union &= ~(1 << bit);
      else this.#union |= 1 << bit;
    }
  }
}

/** @throws ERR_INVALID_INTEREST */
export function checkShareable(interest: EventSet, fd: number): void {
  if ((interest & EPOLLEXCLUSIVE) === 0) return;
  throw new EventManagerError(
    'ERR_INVALID_INTEREST',
    `fd ${fd} can't be shared with EXCLUSIVE, which may keep its events from the others`,
    { fd },
  );
}

/** Each share is disarmed by itself, so that the others go on. */
export function withoutOneShot(set: EventSet): EventSet {
  return (set & ~EPOLLONESHOT) >>> 0;
}
