import type { Core } from './instance.js';

/** Where an entry of the heap has its slot, in words: behind a time and an order. */
const SLOT_WORD = 4;

/**
 * The timer heap of a core: by time, in whole nanoseconds of 64 bits, signed, and among equal times
 * by order, which is any number.
 *
 * A call either does all that it does or, out of stack, nothing: there is no other call behind that
 * into the core.
 */
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
  set(time: bigint, order: number, timer: T): number {
    this.#time[0] = time;
    const slot = this.#core.exports.setTimer(this.#halves[1]!, this.#halves[0]!, order);
    if (slot !== 0) this.#timers[slot] = timer;
    return slot;
  }

  /** Gives a timer that is set another time, in its old order. */
  move(slot: number, time: bigint): void {
    this.#time[0] = time;
    this.#core.exports.moveTimer(slot, this.#halves[1]!, this.#halves[0]!);
  }

  /** Takes out a timer that is set. */
  cancel(slot: number): void {
    this.#core.exports.cancelTimer(slot);
    this.#timers[slot] = undefined;
  }

  /** Those of all that are set for which `wanted` holds, in any order. */
  filter(wanted: (timer: T) => boolean): T[] {
    return this.#timers.filter((timer): timer is T => timer !== undefined && wanted(timer));
  }

  /** The earliest, if any is set. */
  first(): T | undefined {
    const { exports, memory } = this.#core;
    const address = exports.nextTimer() >>> 0;
    if (address === 0) return undefined;
    // Timers that were set may have made it grow.
    memory.renewAfterGrowth();
    return this.#timers[memory.words[(address >>> 2) + SLOT_WORD]!];
  }
}
