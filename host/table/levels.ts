/**
 * The levels of registrations that have one other than 0, which is what almost all have: by the
 * slot of the subscriber, and by fd. The slot's own are forgotten with it, and a fd's with its
 * registration, so that who comes next under the same number begins at 0.
 */
export class Levels {
  readonly #bySlot = new Map<number, Map<number, number>>();

  /** Whether any registration has one: else a batch has nothing to arrange. */
  get used(): boolean {
    return this.#bySlot.size > 0;
  }

  of(slot: number, fd: number): number {
    return this.#bySlot.get(slot)?.get(fd) ?? 0;
  }

  set(slot: number, fd: number, level: number): void {
    if (level === 0) {
      this.forget(slot, fd);
      return;
    }
    const own = this.#bySlot.get(slot) ?? new Map<number, number>();
    own.set(fd, level);
    this.#bySlot.set(slot, own);
  }

  forget(slot: number, fd: number): void {
    const own = this.#bySlot.get(slot);
    own?.delete(fd);
    if (own?.size === 0) this.#bySlot.delete(slot);
  }

  forgetAll(slot: number): void {
    this.#bySlot.delete(slot);
  }
}
