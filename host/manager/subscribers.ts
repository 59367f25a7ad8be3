import {
  type EventOps,
  type EventSet,
  type EventSubscriber,
  Events,
  type FdSource,
  fdOf,
  type SubscriberId,
  type SubscriberOps,
} from '../contract/index.js';
import type { Membership, Registry, Roster } from '../table/index.js';
import { decodeSnapshot, encodeSnapshot, isSilent, type SnapshotEntry } from './snapshot.js';

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

  /**
   * What all subscribers have registered, as bytes: versioned, and the same on every machine. Fds
   * are in it as numbers, and handlers not at all. For `restore`, in a manager that takes over, in
   * another thread or a process that inherits the fds.
   */
  snapshot(): Uint8Array {
    const entries = this.#roster.list().flatMap((member) =>
      this.#registry.watchList(member).map(({ fd, interest, data, state }) => ({
        ...{ id: member.id, fd, interest, data },
        paused: isSilent(state),
        shared: member.shares?.has(fd) ?? false,
      })),
    );
    return encodeSnapshot(entries);
  }

  /**
   * Registers what a snapshot holds: all of it, or nothing. `subscriberFor` answers who is to have
   * what the subscriber of an id had, and that one's `init` isn't called; undefined leaves it out.
   * What was paused, or a one-shot that had fired, is paused: `resume` it. The manager of the
   * snapshot should have been closed, or both are told.
   *
   * @returns the new id for each of the old
   * @throws ERR_INVALID_SNAPSHOT, ERR_CLOSED; as `addSubscriber`; what `subscriberFor` throws
   *
   * @example
   * const snapshot = manager.snapshot();
   * manager.close();
   * successor.restore(snapshot, (id) => subscribers.get(id));
   */
  restore(
    snapshot: Uint8Array,
    subscriberFor: (id: number) => S | undefined,
  ): Map<number, SubscriberId<S>> {
    this.#registry.assertOpen();
    const restored = new Map<number, Membership>();
    try {
      for (const [id, own] of bySubscriber(decodeSnapshot(snapshot))) {
        const subscriber = subscriberFor(id);
        if (subscriber === undefined) continue;
        restored.set(
          id,
          this.#roster.add(subscriber, (ops) => registerAll(ops, own)),
        );
      }
    } catch (error) {
      for (const member of restored.values()) this.#roster.remove(member);
      throw error;
    }
    return new Map([...restored].map(([id, member]) => [id, member.id as SubscriberId<S>]));
  }
}

function bySubscriber(entries: readonly SnapshotEntry[]): Map<number, SnapshotEntry[]> {
  const groups = new Map<number, SnapshotEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.id);
    if (group) group.push(entry);
    else groups.set(entry.id, [entry]);
  }
  return groups;
}

function registerAll(ops: EventOps, entries: readonly SnapshotEntry[]): void {
  // The latest comes first, as in a watch list.
  for (const { fd, interest, data, paused, shared } of [...entries].reverse()) {
    ops[shared ? 'share' : 'add'](new Events(fd, interest, data));
    if (paused) ops.pause(fd);
  }
}
