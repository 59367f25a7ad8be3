import { EventManagerError } from '../contract/index.js';
import { Timeout, type Timer, type TimerOwner } from './timer.js';
import type { TimerSet } from './timer-queue.js';

/** The timers of one clock: those that have names, and those that have none. */
export class ClockTimers implements TimerOwner {
  readonly offsetNs: bigint;
  readonly #set: TimerSet;
  readonly #named = new Map<string, Timer>();
  readonly #nameless: Timer[] = [];
  #closed = false;

  constructor(set: TimerSet, offsetNs: bigint) {
    this.#set = set;
    this.offsetNs = offsetNs;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get names(): string[] {
    return [...this.#named.keys()];
  }

  get nameCount(): number {
    return this.#named.size;
  }

  named(name: string): Timer | undefined {
    return this.#named.get(name);
  }

  /** @throws ERR_CLOSED */
  assertOpen(): void {
    if (!this.#closed) return;
    throw new EventManagerError(
      'ERR_CLOSED',
      'this clock was disposed, or its manager closed, and its timers would never fire: ' +
        'make another clock',
    );
  }

  /** In the place of the one that has its name, if any. @throws ERR_OUT_OF_MEMORY */
  add(timer: Timer): void {
    const previous = this.#named.get(timer.name);
    this.#set.add(timer);
    if (timer.name === '') {
      timer.index = this.#nameless.push(timer) - 1;
      return;
    }
    // Deleted first: it comes behind those that were set before.
    this.#named.delete(timer.name);
    this.#named.set(timer.name, timer);
    if (previous) this.#set.remove(previous);
  }

  /** Whether it was still to fire. */
  cancel(timer: Timer): boolean {
    if (!timer.active) return false;
    this.#set.remove(timer);
    this.forget(timer);
    return true;
  }

  cancelNamed(): void {
    for (const timer of [...this.#named.values()]) this.cancel(timer);
  }

  forget(timer: Timer): void {
    if (timer.name !== '') {
      this.#named.delete(timer.name);
      return;
    }
    const last = this.#nameless.pop();
    if (!last || last === timer) return;
    this.#nameless[timer.index] = last;
    last.index = timer.index;
  }

  /** Cancels all, and takes no more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.cancelNamed();
    const abandoned: Timeout[] = [];
    for (const timer of [...this.#nameless]) {
      if (this.cancel(timer) && timer instanceof Timeout) abandoned.push(timer);
    }
    for (const timeout of abandoned) timeout.abandon();
  }
}
