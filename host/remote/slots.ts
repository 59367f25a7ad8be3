import type { CallQueue } from './call-queue.js';

/** Which slots of its queue a caller can use. */
export class Slots {
  readonly #queue: CallQueue;
  readonly #free: number[];
  /** Those that the owner will free: of calls that nobody waits for, in the order of submission. */
  readonly #lent: number[] = [];
  /** The same of calls that nobody waits for any more. */
  #abandoned: number[] = [];

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

  /** Leaves it to the owner to free the slot of what was submitted just now. */
  lend(slot: number): void {
    this.#lent.push(slot);
  }

  /** The same of a slot whose call is given up. */
  abandon(slot: number): void {
    this.#abandoned.push(slot);
  }

  /** The owner takes calls in their order: behind one that is queued still, none is free. */
  #collect(): void {
    let taken = 0;
    for (const slot of this.#lent) {
      if (this.#queue.isQueued(slot)) break;
      this.#abandoned.push(slot);
      taken += 1;
    }
    if (taken > 0) this.#lent.splice(0, taken);
    const held: number[] = [];
    for (const slot of this.#abandoned) (this.#queue.isFree(slot) ? this.#free : held).push(slot);
    this.#abandoned = held;
  }
}
