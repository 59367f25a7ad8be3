import {
  checkEventSet,
  type EventOps,
  type EventSet,
  Events,
  type FdSource,
  fdOf,
  invalidType,
} from '../contract/index.js';
import type { Membership } from './member.js';
import type { Registry } from './table.js';

/** The handle of one subscriber. Its contract stands at `EventOps`. */
export class BoundEventOps implements EventOps {
  readonly #registry: Registry;
  readonly #member: Membership;

  constructor(registry: Registry, member: Membership) {
    this.#registry = registry;
    this.#member = member;
  }

  add(events: Events): void {
    checkEvents(events);
    this.#registry.add(this.#member, events.fd, events.eventSet, events.data);
  }

  share(events: Events): void {
    checkEvents(events);
    const { fd, eventSet, data } = events;
    this.#registry.share(this.#member, { fd, interest: eventSet, data });
  }

  modify(events: Events): void {
    checkEvents(events);
    this.#registry.modify(this.#member, events.fd, events.eventSet, events.data);
  }

  remove(source: FdSource | Events): void {
    this.#registry.act('remove', this.#member, fdOf(source));
  }

  interest(source: FdSource): EventSet | undefined {
    const fd = fdOf(source);
    this.#registry.assertMember(this.#member);
    return this.#registry.held(this.#member, fd)?.interest;
  }

  addFlags(source: FdSource, set: EventSet): void {
    const { fd, interest, data } = this.#registry.own(this.#member, fdOf(source));
    const wanted = (interest | checkEventSet(set)) >>> 0;
    if (wanted !== interest) this.#registry.modify(this.#member, fd, wanted, data);
  }

  removeFlags(source: FdSource, set: EventSet): void {
    const { fd, interest, data } = this.#registry.own(this.#member, fdOf(source));
    const wanted = (interest & ~checkEventSet(set)) >>> 0;
    if (wanted !== interest) this.#registry.modify(this.#member, fd, wanted, data);
  }

  pause(source: FdSource): void {
    const fd = fdOf(source);
    this.#registry.act('pause', this.#member, fd);
    this.#member.pending?.paused(fd);
  }

  resume(source: FdSource): void {
    this.#registry.act('resume', this.#member, fdOf(source));
  }

  rearm(source: FdSource): void {
    this.#registry.act('rearm', this.#member, fdOf(source));
  }

  addAll(events: Iterable<Events>): void {
    const added: Events[] = [];
    try {
      for (const each of events) {
        this.add(each);
        added.push(each);
      }
    } catch (error) {
      for (const each of added) this.remove(each);
      throw error;
    }
  }

  removeAll(sources?: Iterable<FdSource | Events>): void {
    this.#registry.assertMember(this.#member);
    for (const source of sources ?? this.#registry.watchList(this.#member)) this.remove(source);
  }
}

function checkEvents(events: unknown): void {
  if (!(events instanceof Events)) {
    throw invalidType('What is registered', 'an Events object: new Events(fd, set)', events);
  }
}
