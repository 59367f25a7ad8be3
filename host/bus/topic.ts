import type { Delivery } from './delivery.js';
import type { Directory, TopicEntry } from './directory.js';

/** A topic at hand: publishing on it looks nothing up. */
export class Topic<T = unknown> {
  readonly name: string;
  readonly #delivery: Delivery;
  readonly #directory: Directory;
  readonly #entry: TopicEntry;

  /** @internal */
  constructor(delivery: Delivery, directory: Directory, entry: TopicEntry) {
    this.name = entry.name;
    this.#delivery = delivery;
    this.#directory = directory;
    this.#entry = entry;
  }

  /** As `publish` of its bus. */
  publish(message: T): void {
    this.#delivery.publish(this.#entry, message);
  }

  /** Whether a message would reach somebody. */
  get hasSubscribers(): boolean {
    const { subscriptions } = this.#entry;
    return (subscriptions ?? this.#directory.subscribersOf(this.#entry)).length > 0;
  }
}
