import { threadId } from 'node:worker_threads';
import {
  assertStackRoom,
  EventManagerError,
  type EventOps,
  type EventSet,
  type EventSubscriber,
  Events,
  invalidType,
  isThenable,
  type SubscriberId,
} from '../contract/index.js';
import { Member } from './member.js';
import type { Table } from './table.js';

/** Subscribers that one thread can have had before its ids run into those of the next. */
const IDS_PER_THREAD = 2 ** 36;
const THREADS = 2 ** 17;
let lastId = (threadId % THREADS) * IDS_PER_THREAD;

/** What the roster asks of the rest of the manager. */
export interface RosterOptions {
  /** The handle of a member. */
  opsFor(member: Member): EventOps;
  /** Told why a promise of an `init` was rejected: what it had added is gone. Must not throw. */
  initFailed(error: unknown, member: Member): void;
  /** Told what a subscriber throws when it learns that it was removed. Must not throw. */
  report(error: unknown, member: Member): void;
}

/** Who subscribes: adding, finding and removing, on top of the table. */
export class Roster {
  /** By slot, as the ready list names them. */
  readonly bySlot: (Member | undefined)[] = [];
  readonly #table: Table;
  readonly #options: RosterOptions;
  readonly #byId = new Map<SubscriberId, Member>();
  readonly #bySubscriber = new Map<EventSubscriber, Member>();
  readonly #own = new Set<Member>();
  /** Shares that users' subscribers have in registrations of the library's own. */
  shares = 0;

  constructor(table: Table, options: RosterOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** Adds a subscriber, and what it watches, or what `init` does in its place: all, or nothing. */
  add(
    subscriber: EventSubscriber,
    init = (ops: EventOps): unknown => subscriber.init?.(ops),
  ): Member {
    this.#table.assertOpen();
    if (typeof subscriber?.process !== 'function') {
      throw invalidType('A subscriber', 'an object with a `process` method', subscriber);
    }
    if (this.#bySubscriber.has(subscriber)) {
      throw new EventManagerError(
        'ERR_SUBSCRIBER_ALREADY_ADDED',
        'this object is a subscriber of this manager already: add another, or remove it first',
      );
    }
    return this.#enter(subscriber, false, (member) => {
      const result = init(member.ops);
      if (isThenable(result)) this.#await(result, member);
    });
  }

  /** Watches a fd of the library's own: neither counted nor shown. */
  watchOwn(fd: number, set: EventSet, subscriber: EventSubscriber): Member {
    return this.#enter(subscriber, true, (member) => {
      this.#table.setReferenced(member, false);
      member.ops.add(new Events(fd, set));
    });
  }

  /** Does nothing for one that is gone. */
  remove(member: Member): void {
    if (this.#expel(member)) this.#tellUnsubscribed(member);
  }

  /** Whether it is a member still. */
  has(member: Member): boolean {
    return this.bySlot[member.slot] === member;
  }

  /** The member of an id, as long as it is one. */
  get(id: SubscriberId): Member | undefined {
    return this.#byId.get(id);
  }

  /** The user's member of an id. @throws ERR_INVALID_ID, ERR_CLOSED */
  find(id: SubscriberId): Member {
    this.#table.assertOpen();
    const member = this.#byId.get(id);
    if (member && !member.internal) return member;
    throw new EventManagerError(
      'ERR_INVALID_ID',
      `there is no subscriber ${String(id)}: it was removed, or belongs to another manager`,
    );
  }

  /** How many subscribers users have. */
  get size(): number {
    return this.#bySubscriber.size;
  }

  /** Registrations of the library's own. */
  get ownRegistrations(): number {
    let count = 0;
    const { exports } = this.#table.core;
    // One each, unless its fd was closed meanwhile.
    for (const { slot } of this.#own) if (exports.watchListOf(slot) !== 0) count += 1;
    return count;
  }

  /** The users' subscribers, as of now, in the order in which they were added. */
  list(): Member[] {
    this.#table.assertOpen();
    return [...this.#bySubscriber.values()];
  }

  /** For a manager that was closed: everyone is a subscriber no more. */
  clear(): void {
    const members = [...this.#bySubscriber.values()];
    this.#bySubscriber.clear();
    this.#byId.clear();
    this.#own.clear();
    this.bySlot.length = 0;
    for (const member of members) this.#tellUnsubscribed(member);
  }

  #enter(subscriber: EventSubscriber, internal: boolean, init: (member: Member) => void): Member {
    // What has to be taken back must not run out of stack while it is.
    assertStackRoom();
    const key = this.#table.enroll();
    lastId += 1;
    const id = lastId as SubscriberId;
    try {
      const member = new Member(id, key, subscriber, internal, this.#options.opsFor);
      this.bySlot[key.slot] = member;
      this.#byId.set(id, member);
      if (internal) this.#own.add(member);
      else this.#bySubscriber.set(subscriber, member);
      init(member);
      return member;
    } catch (error) {
      const member = this.#byId.get(id);
      if (member) this.#expel(member);
      else if (!this.#table.closed) this.#table.expel(key);
      throw error;
    }
  }

  /** An `init` whose promise is rejected has failed as one that throws, only later. */
  #await(promise: PromiseLike<unknown>, member: Member): void {
    Promise.resolve(promise).then(undefined, (error: unknown) => {
      this.#expel(member);
      this.#options.initFailed(error, member);
    });
  }

  #expel(member: Member): boolean {
    if (!this.has(member)) return false;
    for (const share of member.shares?.values() ?? []) share.remove();
    this.#table.expel(member);
    this.bySlot[member.slot] = undefined;
    this.#byId.delete(member.id);
    if (member.internal) this.#own.delete(member);
    else this.#bySubscriber.delete(member.subscriber);
    member.standIn?.removed();
    return true;
  }

  #tellUnsubscribed(member: Member): void {
    try {
      member.subscriber.unsubscribed?.();
    } catch (error) {
      this.#options.report(error, member);
    }
  }
}
