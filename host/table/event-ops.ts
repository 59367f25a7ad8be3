import { inspect } from 'node:util';
import {
  checkCount,
  checkEventSet,
  checkEvents,
  type EventOps,
  type EventSet,
  type Events,
  type FdSource,
  fdOf,
  printed,
} from '../contract/index.js';
import { sharedLevel } from './errors.js';
import type { Member } from './member.js';
import type { Watched } from './record.js';
import type { Table } from './table.js';

const PRIORITY_MAX = 127;

/** Registers a fd for a member beside others. */
interface Sharing {
  share(member: Member, watched: Watched): void;
}

/** The handle of one subscriber. Its contract stands at `EventOps`. */
export class BoundEventOps implements EventOps {
  readonly #table: Table;
  readonly #sharing: Sharing;
  readonly #member: Member;

  constructor(table: Table, sharing: Sharing, member: Member) {
    this.#table = table;
    this.#sharing = sharing;
    this.#member = member;
  }

  add(events: Events): void {
    const { fd, eventSet, data } = checkEvents('What is registered', events);
    this.#table.add(this.#member, fd, eventSet, data);
  }

  share(events: Events): void {
    const { fd, eventSet, data } = checkEvents('What is registered', events);
    this.#sharing.share(this.#member, { fd, interest: eventSet, data });
  }

  modify(events: Events): void {
    const { fd, eventSet, data } = checkEvents('What is registered', events);
    this.#table.modify(this.#member, fd, eventSet, data);
  }

  remove(source: FdSource | Events): void {
    this.#table.act('remove', this.#member, fdOf(source));
  }

  interest(source: FdSource): EventSet | undefined {
    const fd = fdOf(source);
    this.#table.assertMember(this.#member);
    return this.#table.held(this.#member, fd)?.interest;
  }

  addFlags(source: FdSource, set: EventSet): void {
    const flags = checkEventSet(set);
    this.#change(source, (interest) => interest | flags);
  }

  removeFlags(source: FdSource, set: EventSet): void {
    const flags = checkEventSet(set);
    this.#change(source, (interest) => interest & ~flags);
  }

  pause(source: FdSource): void {
    const fd = fdOf(source);
    this.#table.act('pause', this.#member, fd);
    this.#member.standIn?.paused(fd);
  }

  resume(source: FdSource): void {
    this.#table.act('resume', this.#member, fdOf(source));
  }

  rearm(source: FdSource): void {
    this.#table.act('rearm', this.#member, fdOf(source));
  }

  setPriority(source: FdSource, level: number): void {
    checkCount('A priority', level, -PRIORITY_MAX - 1, PRIORITY_MAX);
    const { fd } = this.#table.own(this.#member, fdOf(source));
    if (this.#member.shares?.has(fd)) throw sharedLevel(fd);
    this.#table.levels.set(this.#member.slot, fd, level);
  }

  addAll(events: Iterable<Events>): void {
    const added: number[] = [];
    try {
      for (const each of events) {
        this.add(each);
        added.push(each.fd);
      }
    } catch (error) {
      for (const fd of added) this.#takeBack(fd);
      throw error;
    }
  }

  removeAll(sources?: Iterable<FdSource | Events>): void {
    this.#table.assertMember(this.#member);
    const fds = sources ? new Set([...sources].map(fdOf)) : this.#fds();
    for (const fd of fds) this.#table.own(this.#member, fd);
    for (const fd of fds) this.#table.drop(this.#member, fd);
  }

  /** What `console.log` shows: whose handle it is, and of which fds. */
  [inspect.custom](): string {
    const { id, name } = this.#member;
    const subscriber = `subscriber: ${id}`;
    const called = name !== undefined && JSON.stringify(name);
    if (this.#table.closed) return printed('EventOps', subscriber, called, 'closed');
    const fds = [...this.#fds()];
    return printed('EventOps', subscriber, called, `fds: [${fds.join(', ')}]`);
  }

  #fds(): Iterable<number> {
    return this.#table.watchList(this.#member).map(({ fd }) => fd);
  }

  #change(source: FdSource, change: (interest: EventSet) => number): void {
    const { fd, interest, data } = this.#table.own(this.#member, fdOf(source));
    const wanted = change(interest) >>> 0;
    if (wanted !== interest) this.#table.modify(this.#member, fd, wanted, data);
  }

  /** Whatever comes of it: the error that has brought this about is the one to tell. */
  #takeBack(fd: number): void {
    try {
      this.#table.drop(this.#member, fd);
    } catch {
      // It is gone already, or its manager is.
    }
  }
}
