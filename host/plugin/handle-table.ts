/** Slots and generations share the 31 bits of a handle that is no negative number. */
const SLOT_BITS = 12;
const SLOTS = 2 ** SLOT_BITS;
const GENERATIONS = 2 ** (31 - SLOT_BITS);

interface Slot<T> {
  generation: number;
  value: T | undefined;
}

/**
 * Numbers by which a guest names what it was given. A number that was taken back never names
 * anything again: a slot whose generations are used up stays empty.
 */
export class HandleTable<T> {
  readonly #most: number;
  readonly #slots: Slot<T>[] = [];
  readonly #free: number[] = [];
  #size = 0;

  constructor(most: number) {
    this.#most = Math.min(most, SLOTS);
  }

  get size(): number {
    return this.#size;
  }

  /** A handle, or undefined where there are as many as may be. */
  add(value: T): number | undefined {
    if (this.#size >= this.#most) return undefined;
    const index = this.#free.pop() ?? this.#slots.length;
    if (index >= SLOTS) return undefined;
    this.#slots[index] ??= { generation: 1, value: undefined };
    const slot = this.#slots[index]!;
    slot.value = value;
    this.#size += 1;
    return slot.generation * SLOTS + index;
  }

  get(handle: number): T | undefined {
    const slot = this.#slots[handle & (SLOTS - 1)];
    return slot && slot.generation === handle >> SLOT_BITS ? slot.value : undefined;
  }

  remove(handle: number): void {
    if (this.get(handle) === undefined) return;
    const index = handle & (SLOTS - 1);
    const slot = this.#slots[index]!;
    slot.value = undefined;
    slot.generation += 1;
    this.#size -= 1;
    if (slot.generation < GENERATIONS) this.#free.push(index);
  }
}
