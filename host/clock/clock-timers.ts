import { EventManagerError } from '../contract/index.js';
import type { GuestInstance, GuestUser } from '../handlers/internal.js';
import { guestOf, type TimeEventFunction } from './handler.js';
import { NamedTimer, Timeout, type Timer, type TimerOwner } from './timer.js';
import type { TimerSet } from './timer-queue.js';

/** The timers of one clock: those that have names, and those that have none. */
export class ClockTimers implements TimerOwner, GuestUser {
  readonly offsetNs: bigint;
  readonly behind: boolean;
  readonly #set: TimerSet;
  readonly #named = new Map<string, NamedTimer>();
  /** Guests that have had a timer. */
  readonly #guests = new WeakSet<GuestInstance>();
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

  /** @throws ERR_TIMER_EXISTS */
  assertFree(name: string): void {
    if (!this.#named.has(name)) return;
    throw new EventManagerError(
      'ERR_TIMER_EXISTS',
      `there is a timer ${JSON.stringify(name)}: cancel it, or pass \`replace: true\``,
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

  /** A function that timers are to call: where it is a guest's, they end when that traps. */
  heed(handler: TimeEventFunction): TimeEventFunction {
    const guest = guestOf(handler);
    if (guest && !this.#guests.has(guest)) {
      this.#guests.add(guest);
      guest.usedBy(this);
    }
    return handler;
  }

  /** Those of a guest that has trapped. */
  dismiss(guest: GuestInstance): void {
    for (const timer of this.#set.timersOf(this)) {
      if (guestOf(timer.handler) === guest) this.cancel(timer);
    }
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
