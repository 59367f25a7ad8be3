import type { SimulatedTimerFd } from './simulated-counters.js';

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
    this.#scheduled.push({ atNs: this.now + afterNs, action });
  }

  /** When the next thing happens; infinite when nothing will. */
  next(): number {
    const times = this.#timers().map((timer) => timer.expiresNs);
    return Math.min(...times, ...this.#scheduled.map(({ atNs }) => atNs));
  }

  /** Moves on to `time`, thing by thing. */
  advanceTo(time: number): void {
    for (let next = this.next(); next <= time; next = this.next()) {
      if (next === Number.POSITIVE_INFINITY) break;
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
