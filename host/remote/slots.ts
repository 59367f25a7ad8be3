import type { CallQueue } from './call-queue.js';

/** Which slots of its queue a caller can use. */
export class Slots {
  readonly #queue: CallQueue;
  readonly #free: number[];
  /** Those that the owner will free: of calls that nobody waits for, or no longer. */
  #lent: number[] = [];

  constructor(queue: CallQueue) {
    this.#queue = queue;
    // From the end, so that the first slot is the first to be used.
    this.#free = Array.from({ length: queue.capacity }, (_, i) => queue.capacity - 1 - i);
  }

  /** One that is free; undefined when all are in use. */
  take(): number | undefined {
    if (this.#free.length === 0) this.#collect();
    return this.#free.pop();
  }

  giveBack(slot: number): void {
    this.#free.push(slot);
  }

  /** Leaves it to the owner to free a slot. */
  lend(slot: number): void {
    this.#lent.push(slot);
  }

  #collect(): void {
    const lent: number[] = [];
    for (const slot of this.#lent) (this.#queue.isFree(slot) ? this.#free : lent).push(slot);
    this.#lent = lent;
  }
}
