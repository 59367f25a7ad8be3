import {
  EventManagerError,
  type EventOps,
  type EventSet,
  type EventSubscriber,
  Events,
  invalidType,
  type SubscriberId,
} from '../contract/index.js';
import type { ErrorSink } from '../turn/index.js';
import { BoundEventOps } from './event-ops.js';
import { Membership } from './member.js';
import type { Registry } from './table.js';

/** Who subscribes: adding, finding and removing, on top of the tables. */
export class Roster {
  /** Told what a subscriber throws when it learns that it was removed. */
  onError: ErrorSink = () => {};
  readonly #registry: Registry;
  readonly #bySubscriber = new Map<EventSubscriber, Membership>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Adds a subscriber, and what it watches, or what `init` does in its place: all, or nothing. */
  add(
    subscriber: EventSubscriber,
    init = (ops: EventOps): void => subscriber.init?.(ops),
  ): Membership {
    this.#registry.assertOpen();
    if (typeof subscriber?.process !== 'function') {
      throw invalidType('A subscriber', 'an object with a `process` method', subscriber);
    }
    if (this.#bySubscriber.has(subscriber)) {
      throw new EventManagerError(
        'ERR_SUBSCRIBER_ALREADY_ADDED',
        'this object is a subscriber of this manager already: add another, or remove it first',
      );
    }
    const member = this.#enter(subscriber, false);
    this.#bySubscriber.set(subscriber, member);
    try {
      init(member.ops);
    } catch (error) {
      if (!this.#registry.closed) this.#expel(member);
      throw error;
    }
    return member;
  }

  /** Watches a fd of the library's own: neither counted nor shown. */
  watchOwn(fd: number, set: EventSet, subscriber: EventSubscriber): Membership {
    const member = this.#enter(subscriber, true);
    this.#registry.core.exports.setReferenced(member.slot, 0);
    try {
      member.ops.add(new Events(fd, set));
    } catch (error) {
      this.#expel(member);
      throw error;
    }
    return member;
  }

  /** Does nothing for one that is gone. */
  remove(member: Membership): void {
    if (this.#expel(member)) this.#tellUnsubscribed(member);
  }

  /** The member of an id. @throws ERR_INVALID_ID, ERR_CLOSED */
  find(id: SubscriberId): Membership {
    this.#registry.assertOpen();
    const member = this.#registry.member(id);
    if (member && !member.internal) return member;
    throw new EventManagerError(
      'ERR_INVALID_ID',
      `there is no subscriber ${String(id)}: it was removed, or belongs to another manager`,
    );
  }

  /** The users' subscribers, as of now, in the order of their slots. */
  list(): Membership[] {
    this.#registry.assertOpen();
    return this.#registry.members.filter(isUsers);
  }

  /** For a manager that was closed: everyone is a subscriber no more. */
  clear(): void {
    const members = [...this.#bySubscriber.values()];
    this.#bySubscriber.clear();
    for (const member of members) this.#tellUnsubscribed(member);
  }

  #expel(member: Membership): boolean {
    if (this.#registry.member(member.id) !== member) return false;
    this.#registry.expel(member);
    this.#bySubscriber.delete(member.subscriber);
    return true;
  }

  #tellUnsubscribed(member: Membership): void {
    try {
      member.subscriber.unsubscribed?.();
    } catch (error) {
      this.onError(error, { id: member.id as SubscriberId });
    }
  }

  #enter(subscriber: EventSubscriber, internal: boolean): Membership {
    const member = new Membership(this.#registry.enroll(), subscriber, internal);
    member.ops = new BoundEventOps(this.#registry, member);
    this.#registry.members[member.slot] = member;
    return member;
  }
}

function isUsers(member: Membership | undefined): member is Membership {
  return member !== undefined && !member.internal;
}
