import type { Core } from './instance.js';

/** The timer heap of a core, in whole nanoseconds: 64 bits, signed. */
export class TimerHeap<T> {
  readonly #core: Core;
  /** By slot. */
  readonly #timers: (T | undefined)[] = [];
  // A time crosses the boundary as two halves: a BigInt would cost twice the call.
  readonly #time = new BigInt64Array(1);
  readonly #halves = new Int32Array(this.#time.buffer);

  constructor(core: Core) {
    this.#core = core;
  }

  get size(): number {
    return this.#core.exports.timerCount();
  }

  /** Sets a timer: its slot, or 0 when memory is at its end. */
  set(time: bigint, timer: T): number {
    this.#time[0] = time;
    const slot = this.#core.exports.setTimer(this.#halves[1]!, this.#halves[0]!);
    this.#core.memory.renewAfterGrowth();
    if (slot !== 0) this.#timers[slot] = timer;
    return slot;
  }

  /** Takes out a timer that is set. */
  cancel(slot: number): void {
    this.#core.exports.cancelTimer(slot);
    this.#timers[slot] = undefined;
  }

  /** The time of the earliest, if any is set. */
  next(): bigint | undefined {
    const address = this.#core.exports.nextTimer() >>> 0;
    if (address === 0) return undefined;
    const { words } = this.#core.memory;
    this.#halves[0] = words[address >>> 2]!;
    this.#halves[1] = words[(address >>> 2) + 1]!;
    return this.#time[0]!;
  }

  /** Takes out the earliest if it is due by `now`. Which of several at the same time is open. */
  takeDue(now: bigint): T | undefined {
    this.#time[0] = now;
    const slot = this.#core.exports.takeDueTimer(this.#halves[1]!, this.#halves[0]!);
    if (slot === 0) return undefined;
    const timer = this.#timers[slot];
    this.#timers[slot] = undefined;
    return timer;
  }
}
