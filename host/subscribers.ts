import { fdOf } from './checks.js';
import type { EventSet } from './event-set.js';
import type { FdSource } from './events.js';
import type { Registry } from './registry.js';
import type { Roster } from './roster.js';
import type { EventOps, EventSubscriber, SubscriberId, SubscriberOps } from './subscriber.js';

/** A manager's subscribers, as its user sees them. What they do stands at `SubscriberOps`. */
export abstract class Subscribers<S extends EventSubscriber> implements SubscriberOps<S> {
  readonly #registry: Registry;
  readonly #roster: Roster;

  /** @internal */
  constructor(registry: Registry, roster: Roster) {
    this.#registry = registry;
    this.#roster = roster;
  }

  addSubscriber<T extends S>(subscriber: T): SubscriberId<T> {
    return this.#roster.add(subscriber).id as SubscriberId<T>;
  }

  removeSubscriber<T extends S>(id: SubscriberId<T>): T {
    const member = this.#roster.find(id);
    this.#roster.remove(member);
    return member.subscriber as T;
  }

  subscriber<T extends S>(id: SubscriberId<T>): T {
    return this.#roster.find(id).subscriber as T;
  }

  eventOps(id: SubscriberId): EventOps {
    return this.#roster.find(id).ops;
  }

  /** Each subscriber with its id, as of now, in the order of their places in the table. */
  *subscribers(): IterableIterator<[SubscriberId<S>, S]> {
    for (const { id, subscriber } of this.#roster.list()) {
      yield [id as SubscriberId<S>, subscriber as S];
    }
  }

  /** What a subscriber has registered, latest first. @throws ERR_INVALID_ID */
  registrations(id: SubscriberId): { fd: number; interest: EventSet; data: number }[] {
    return this.#registry
      .watchList(this.#roster.find(id))
      .map(({ fd, interest, data }) => ({ fd, interest, data }));
  }

  /** Who has registered a fd; undefined when nobody has. */
  ownerOf(source: FdSource): SubscriberId | undefined {
    const entry = this.#registry.find(fdOf(source));
    const member = entry && this.#registry.members[entry.subscriber];
    return member && !member.internal ? (member.id as SubscriberId) : undefined;
  }
}
