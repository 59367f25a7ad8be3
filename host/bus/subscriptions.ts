import { checkCount, EventManagerError } from '../contract/index.js';
import { type GuestInstance, type GuestUser, WasmHandler } from '../handlers/internal.js';
import { checkPattern } from './checks.js';
import type { Directory } from './directory.js';
import { toMessageFunction } from './handler.js';
import { type Origin, Subscription } from './subscription.js';

const PRIORITY_MAX = 2 ** 31 - 1;

/** Makes subscriptions, in their order, and counts them. */
export class Subscriptions implements GuestUser {
  readonly #directory: Directory;
  readonly #most: number;
  readonly #live = new Set<Subscription>();
  /** Guests that have had a subscription. */
  readonly #guests = new WeakSet<GuestInstance>();
  #order = 0;

  constructor(directory: Directory, most: number) {
    this.#directory = directory;
    this.#most = most;
  }

  get size(): number {
    return this.#live.size;
  }

  add(pattern: string, handler: unknown, priority: number, origin?: Origin): Subscription {
    checkPattern(pattern);
    checkCount('priority', priority, -PRIORITY_MAX - 1, PRIORITY_MAX);
    const call = toMessageFunction(handler);
    if (this.#directory.find(pattern, handler)) {
      throw new EventManagerError(
        'ERR_SUBSCRIPTION_EXISTS',
        'this handler is subscribed with this pattern already: unsubscribe it first, or give ' +
          'another function',
      );
    }
    if (this.#live.size >= this.#most) {
      throw new EventManagerError(
        'ERR_LIMIT_EXCEEDED',
        `there are ${this.#most} subscriptions: end some, or raise \`subscriptionsMax\``,
      );
    }
    this.#order += 1;
    const place = { pattern, priority, order: this.#order, origin };
    const subscription = new Subscription(place, handler, call, (ended) => this.#remove(ended));
    this.#directory.add(subscription);
    this.#live.add(subscription);
    if (handler instanceof WasmHandler) this.#use(handler.guest);
    return subscription;
  }

  /** Ends those of a guest that has trapped. */
  dismiss(guest: GuestInstance): void {
    for (const subscription of [...this.#live]) {
      const { handler } = subscription;
      if (handler instanceof WasmHandler && handler.guest === guest) subscription.unsubscribe();
    }
  }

  clear(): void {
    for (const subscription of [...this.#live]) subscription.unsubscribe();
  }

  #use(guest: GuestInstance): void {
    if (this.#guests.has(guest)) return;
    this.#guests.add(guest);
    guest.usedBy(this);
  }

  #remove(subscription: Subscription): void {
    const slot = this.#directory.remove(subscription);
    this.#live.delete(subscription);
    this.#directory.release(slot);
  }
}
