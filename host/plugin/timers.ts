import type { Clock } from '../clock/internal.js';
import { EINVAL, ENTRY_TIMER } from './abi.js';
import type { Correspondent, Inbox } from './inbox.js';

const COUNT_MAX = 2 ** 31 - 1;
/** 104 days, to which a double is exact. */
const DELAY_MAX = 2 ** 53;

/** A timer of a guest. */
class GuestTimer implements Correspondent {
  place = -1;
  nextNs: bigint;
  cancel: () => void = () => {};

  constructor(
    readonly id: number,
    nextNs: bigint,
    readonly intervalNs: bigint,
  ) {
    this.nextNs = nextNs;
  }
}

/** The timers of one guest, by the numbers that it chose. */
export class GuestTimers {
  readonly #clock: Clock;
  readonly #inbox: Inbox;
  readonly #wake: () => void;
  readonly #byId = new Map<number, GuestTimer>();

  constructor(clock: Clock, inbox: Inbox, wake: () => void) {
    this.#clock = clock;
    this.#inbox = inbox;
    this.#wake = wake;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(id: number): boolean {
    return this.#byId.has(id);
  }

  /** Sets a timer, in the place of one with the same number. 0, or EINVAL. */
  set(id: number, delayNs: number, intervalNs: number): number {
    if (!isTime(delayNs) || !isTime(intervalNs)) return EINVAL;
    this.cancel(id);
    const next = this.#clock.timestampNs() + BigInt(Math.round(delayNs));
    const timer = new GuestTimer(id, next, BigInt(Math.round(intervalNs)));
    this.#byId.set(id, timer);
    this.#arm(timer);
    return 0;
  }

  cancel(id: number): boolean {
    const timer = this.#byId.get(id);
    if (!timer) return false;
    this.#byId.delete(id);
    timer.cancel();
    this.#inbox.blank(timer);
    return true;
  }

  clear(): void {
    for (const id of [...this.#byId.keys()]) this.cancel(id);
  }

  #arm(timer: GuestTimer): void {
    const delay = timer.nextNs - this.#clock.timestampNs();
    timer.cancel = this.#clock.callAfter(delay > 0n ? delay : 0n, () => this.#fire(timer));
  }

  /** An interval that is late has missed events, which are counted, and not told one by one. */
  #fire(timer: GuestTimer): void {
    if (this.#byId.get(timer.id) !== timer) return;
    let times = 1n;
    if (timer.intervalNs > 0n) {
      const late = this.#clock.timestampNs() - timer.nextNs;
      if (late > 0n) times += late / timer.intervalNs;
      timer.nextNs += times * timer.intervalNs;
    }
    const count = BigInt(this.#inbox.pending(timer)) + times;
    const told = count > COUNT_MAX ? COUNT_MAX : Number(count);
    this.#inbox.put(timer, ENTRY_TIMER, timer.id, told, 0);
    this.#wake();
    if (timer.intervalNs > 0n) this.#arm(timer);
    else this.#byId.delete(timer.id);
  }
}

function isTime(ns: number): boolean {
  return ns >= 0 && ns <= DELAY_MAX;
}
