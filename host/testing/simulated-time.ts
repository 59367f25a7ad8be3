import { outOfRange } from '../contract/index.js';
import type { SimulatedTimerFd } from './simulated-counters.js';

/** What may happen in one advance, or one wait, before it is taken for an endless loop. */
export const HAPPENINGS_MAX = 1_000_000;

/** Time that moves only when it is told to, and what happens on the way. */
export class SimulatedTime {
  /** Nanoseconds since the kernel was made. */
  now = 0;
  readonly #timers: () => SimulatedTimerFd[];
  #scheduled: { atNs: number; action: () => void }[] = [];

  constructor(timers: () => SimulatedTimerFd[]) {
    this.#timers = timers;
  }

  schedule(afterNs: number, action: () => void): void {
    this.#scheduled.push({ atNs: this.now + checkDuration('afterNs', afterNs), action });
  }

  /** When the next thing happens; infinite when nothing will. */
  next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { expiresNs } of this.#timers()) next = Math.min(next, expiresNs);
    for (const { atNs } of this.#scheduled) next = Math.min(next, atNs);
    return next;
  }

  /** Moves on to `time`, thing by thing. */
  advanceTo(time: number): void {
    let happened = 0;
    for (let next = this.next(); next <= time; next = this.next()) {
      checkHappenings(++happened);
      this.now = Math.max(this.now, next);
      this.#happen(next);
    }
    this.now = Math.max(this.now, time);
  }

  #happen(time: number): void {
    for (const timer of this.#timers()) if (timer.expiresNs === time) timer.expire();
    const actions = this.#scheduled.filter(({ atNs }) => atNs === time);
    this.#scheduled = this.#scheduled.filter(({ atNs }) => atNs !== time);
    for (const { action } of actions) action();
  }
}

/** A length of time, in nanoseconds: finite, and not negative. */
export function checkDuration(name: string, nanoseconds: number): number {
  if (Number.isFinite(nanoseconds) && nanoseconds >= 0) return nanoseconds;
  throw outOfRange(name, 'zero or more nanoseconds, and finite', nanoseconds);
}

/** An action that schedules itself anew for ever would hang the test. */
export function checkHappenings(count: number): void {
  if (count <= HAPPENINGS_MAX) return;
  throw new Error(`${HAPPENINGS_MAX} things happened and none ended it: is one scheduling itself?`);
}
