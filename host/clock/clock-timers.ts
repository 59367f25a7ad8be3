import { EventManagerError } from '../contract/index.js';
import { NamedTimer, Timeout, type Timer, type TimerOwner } from './timer.js';
import type { TimerSet } from './timer-queue.js';

/** The timers of one clock: those that have names, and those that have none. */
export class ClockTimers implements TimerOwner {
  readonly offsetNs: bigint;
  readonly behind: boolean;
  readonly #set: TimerSet;
  readonly #named = new Map<string, NamedTimer>();
  #nameless = 0;
  #closed = false;

  constructor(set: TimerSet, offsetNs: bigint) {
    this.#set = set;
    this.offsetNs = offsetNs;
    this.behind = offsetNs < 0n;
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

  named(name: string): NamedTimer | undefined {
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

  /** One that has no name. @throws ERR_OUT_OF_MEMORY */
  addNameless(timer: Timer): void {
    this.#set.add(timer);
    this.#nameless += 1;
  }

  /** In the place of the one that has its name, if any. @throws ERR_OUT_OF_MEMORY */
  add(timer: NamedTimer): void {
    const previous = this.#named.get(timer.name);
    this.#set.add(timer);
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
    if (timer instanceof NamedTimer) this.#named.delete(timer.name);
    else this.#nameless -= 1;
  }

  /** Cancels all, and takes no more. Idempotent. Those without a name are looked for in the set. */
  close(): void {
    this.#closed = true;
    this.cancelNamed();
    if (this.#nameless === 0) return;
    const nameless = this.#set.timersOf(this);
    for (const timer of nameless) this.cancel(timer);
    // Where the manager closes, others that close with it come first.
    for (const timer of nameless) if (timer instanceof Timeout) queueMicrotask(timer.call);
  }
}
