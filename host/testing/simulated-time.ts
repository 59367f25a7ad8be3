import { outOfRange } from '../contract/index.js';

/** A time that doesn't come. */
export const NEVER = 2n ** 64n;

/** What may happen in one advance, or one wait, before it is taken for an endless loop. */
export const HAPPENINGS_MAX = 1_000_000;

/** What tells at a time that its time has come. */
interface Timer {
  readonly expiresNs: bigint;
  expire(): void;
}

/** Time that moves only when it is told to, and what happens on the way. */
export class SimulatedTime {
  /** Nanoseconds since the kernel was made, whole ones. */
  now = 0n;
  readonly #timers = new Set<Timer>();
  #scheduled: { atNs: bigint; action: () => void }[] = [];

  addTimer(timer: Timer): void {
    this.#timers.add(timer);
  }

  removeTimer(timer: Timer): void {
    this.#timers.delete(timer);
  }

  schedule(afterNs: number | bigint, action: () => void): void {
    this.#scheduled.push({ atNs: this.now + toDuration('afterNs', afterNs), action });
  }

  /** When the next thing happens; `NEVER` when nothing will. */
  next(): bigint {
    let next = NEVER;
    for (const { expiresNs } of this.#timers) next = earlier(next, expiresNs);
    for (const { atNs } of this.#scheduled) next = earlier(next, atNs);
    return next;
  }

  /** Moves on to `time`, thing by thing. */
  advanceTo(time: bigint): void {
    let happened = 0;
    for (let next = this.next(); next <= time; next = this.next()) {
      checkHappenings(++happened);
      if (next > this.now) this.now = next;
      this.#happen(next);
    }
    if (time > this.now) this.now = time;
  }

  #happen(time: bigint): void {
    for (const timer of this.#timers) if (timer.expiresNs === time) timer.expire();
    const actions = this.#scheduled.filter(({ atNs }) => atNs === time);
    this.#scheduled = this.#scheduled.filter(({ atNs }) => atNs !== time);
    for (const { action } of actions) action();
  }
}

export function earlier(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

/** A length of time, in nanoseconds: finite, not negative, and from here on without a fraction. */
export function toDuration(name: string, nanoseconds: number | bigint): bigint {
  if (typeof nanoseconds === 'bigint' && nanoseconds >= 0n) return nanoseconds;
  if (typeof nanoseconds === 'number' && Number.isFinite(nanoseconds) && nanoseconds >= 0) {
    return BigInt(Math.ceil(nanoseconds));
  }
  throw outOfRange(name, 'zero or more nanoseconds, and finite', nanoseconds);
}

/** An action that schedules itself anew for ever would hang the test. */
export function checkHappenings(count: number): void {
  if (count <= HAPPENINGS_MAX) return;
  throw new Error(`${HAPPENINGS_MAX} things happened and none ended it: is one scheduling itself?`);
}
