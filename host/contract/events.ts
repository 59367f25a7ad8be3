import { inspect } from 'node:util';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../../assembly/abi.js';
import { checkData, checkEventSet } from './checks.js';
import { invalidType } from './errors.js';
import { EventSet } from './event-set.js';
import { type FdSource, fdOf } from './fd-source.js';

/**
 * What a subscriber wants to hear about a fd (for `add` and `modify`), or what happened on a fd (in
 * `process`). Immutable, and safe to keep: each delivery makes a new object.
 *
 * `data` is a number of the user's own, 0 to 2³²−1, that comes back with every event.
 *
 * @throws {TypeError | RangeError} for a fd, set or data out of range; `code` says which.
 * @example
 * ops.add(new Events(socket, EventSet.IN | EventSet.READ_HANG_UP, 7));
 */
export class Events {
  readonly fd: number;
  readonly data: number;
  readonly eventSet: EventSet;
  /** Delivered by `inject`, not by the kernel. */
  readonly injected: boolean;

  constructor(source: FdSource, eventSet: EventSet = 0, data = 0) {
    this.fd = fdOf(source);
    this.data = checkData(data);
    this.eventSet = checkEventSet(eventSet);
    this.injected = false;
  }

  /** Whether all of the bits of `set` are there. */
  has(set: EventSet): boolean {
    return (this.eventSet & set) >>> 0 === set >>> 0;
  }

  /** IN: something to read, or to accept. */
  get readable(): boolean {
    return (this.eventSet & EPOLLIN) !== 0;
  }

  /** OUT: room to write, or a connect that has ended. */
  get writable(): boolean {
    return (this.eventSet & EPOLLOUT) !== 0;
  }

  /** PRIORITY: an exceptional condition. */
  get priority(): boolean {
    return (this.eventSet & EPOLLPRI) !== 0;
  }

  /** ERROR: an error is pending. */
  get error(): boolean {
    return (this.eventSet & EPOLLERR) !== 0;
  }

  /** HANG_UP: both directions are closed. What was received before can still be read. */
  get hangUp(): boolean {
    return (this.eventSet & EPOLLHUP) !== 0;
  }

  /** READ_HANG_UP: the peer will write no more. Reported only when it was asked for. */
  get readHangUp(): boolean {
    return (this.eventSet & EPOLLRDHUP) !== 0;
  }

  /** Nothing will arrive beyond what can be read now. */
  get readClosed(): boolean {
    const set = this.eventSet;
    return (set & EPOLLHUP) !== 0 || ((set & EPOLLIN) !== 0 && (set & EPOLLRDHUP) !== 0);
  }

  /** Writing makes no sense any more: hung up, or in error with nobody to read. */
  get writeClosed(): boolean {
    const set = this.eventSet;
    return (set & EPOLLHUP) !== 0 || ((set & EPOLLERR) !== 0 && (set & EPOLLIN) === 0);
  }

  /** The same fd, data and event set. */
  equals(other: Events): boolean {
    return this.fd === other.fd && this.data === other.data && this.eventSet === other.eventSet;
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    const injected = this.injected ? ', injected' : '';
    const set = EventSet.format(this.eventSet);
    return `Events { fd: ${this.fd}, ${set}, data: ${this.data}${injected} }`;
  }
}

/**
 * Events made of what was checked when it was registered or injected: an `Events` to whoever looks
 * at it, which no one outside the library can make.
 */
function Delivered(
  this: { -readonly [K in keyof Events]: Events[K] },
  fd: number,
  eventSet: EventSet,
  data: number,
  injected: boolean,
): void {
  this.fd = fd;
  this.data = data;
  this.eventSet = eventSet;
  this.injected = injected;
}
Delivered.prototype = Events.prototype;

/** What happened on a fd, for a handler. */
export const DeliveredEvents = Delivered as unknown as new (
  fd: number,
  eventSet: EventSet,
  data: number,
  injected: boolean,
) => Events;

/** Events, and nothing that looks like them. */
export function checkEvents(what: string, events: unknown): Events {
  if (events instanceof Events) return events;
  throw invalidType(what, 'an Events object: new Events(fd, set)', events);
}
