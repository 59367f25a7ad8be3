import {
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLONESHOT,
  STATE_DISARMED,
} from '../../assembly/abi.js';
import {
  DeliveredEvents,
  EventManagerError,
  type EventSet,
  type EventSubscriber,
  type Events,
  isGone,
} from '../contract/index.js';
import type { Member, Roster, Table, Watched } from '../table/index.js';
import { Share, type Terms } from './share.js';

/** The loop in whose turns events are handed on. */
interface Loop {
  /** Turns until now, the present one included. */
  readonly turnsBegun: number;
  /** Hands an event to a member: a handler call of this turn. */
  deliverTo(member: Member, events: Events): void;
  /** Takes back a handler call of this turn, which was the library's own. */
  discount(member: Member): void;
  /** Tells a member that its registration was found dead. */
  tellEvicted(member: Member, watched: Watched): void;
  readonly faults: { report(error: unknown, context: { fd: number }): void };
}

/** What a shared registration needs of its manager. */
export interface Surroundings {
  readonly table: Table;
  readonly roster: Roster;
  readonly loop: Loop;
}

/**
 * One registration that several subscribers share. A subscriber of the library's own holds it,
 * with the union of what they want, and hands each the part of an event that it asked for.
 */
export class SharedRegistration implements EventSubscriber {
  readonly fd: number;
  readonly #surroundings: Surroundings;
  readonly #onEnd: (registration: SharedRegistration) => void;
  readonly #member: Member;
  /** Replaced when it changes: a delivery goes on with the list that it began with. */
  #shares: readonly Share[] = [];
  /** What the kernel was asked for. */
  #union: EventSet;
  /** Paused, since all shares are. */
  #silent = false;
  #referenced = false;

  /** Registers the fd, for whom `join` then lets in. @throws as `EventOps.add` */
  constructor(
    fd: number,
    interest: EventSet,
    surroundings: Surroundings,
    onEnd: (registration: SharedRegistration) => void,
  ) {
    this.fd = fd;
    this.#surroundings = surroundings;
    this.#onEnd = onEnd;
    checkShareable(interest, fd);
    this.#union = withoutOneShot(interest);
    this.#member = surroundings.roster.watchOwn(fd, this.#union, this);
  }

  /**
   * Lets a subscriber in; false when the kernel knows the fd no more, because its file was closed,
   * and those who shared it have been told. It is asked in any case: an edge that was reported to
   * the others already is then reported to this one too.
   */
  join(member: Member, watched: Watched): boolean {
    const { loop } = this.#surroundings;
    this.#checkInterest(watched.interest);
    const before = this.#shares;
    const share = new Share(this, member, watched, loop.turnsBegun);
    this.#shares = [...before, share];
    try {
      if (before.length > 0) this.#watch(true);
    } catch (error) {
      this.#shares = before;
      if (!isGone(error)) throw error;
      this.evicted();
      return false;
    }
    member.shares ??= new Map();
    member.shares.set(this.fd, share);
    this.refer();
    return true;
  }

  /** Whether the kernel still knows the fd; when it doesn't, everyone has been told. */
  verify(): boolean {
    this.#watchQuietly(true);
    return this.#shares.length > 0;
  }

  leave(share: Share): void {
    if (!this.#takeOut(share)) return;
    if (this.#shares.length === 0) {
      this.#end();
      return;
    }
    this.#watchQuietly(false);
    this.refer();
  }

  /** Changes what one of them wants; all stays as it is when the kernel refuses. */
  change(share: Share, terms: Partial<Terms>): void {
    if (terms.interest !== undefined) this.#checkInterest(terms.interest, share);
    const { interest = share.interest, state = share.state } = terms;
    const wanted = this.#shares.map((each) => (each === share ? { interest, state } : each));
    try {
      this.#watch(state === 0, wanted);
    } catch (error) {
      if (isGone(error)) this.evicted();
      throw error;
    }
    Object.assign(share, terms);
    if (!share.armed) share.deafIn = this.#surroundings.loop.turnsBegun;
  }

  /** To each the part that it wants. What a handler throws stays with its subscriber. */
  process(events: Events): void {
    const { loop } = this.#surroundings;
    loop.discount(this.#member);
    let spent = false;
    for (const share of this.#shares) {
      const set = (events.eventSet & (share.interest | EPOLLERR | EPOLLHUP)) >>> 0;
      if (set === 0 || !this.#hears(share)) continue;
      if ((share.interest & EPOLLONESHOT) !== 0) {
        share.state |= STATE_DISARMED;
        spent = true;
      }
      loop.deliverTo(share.member, new DeliveredEvents(this.fd, set, share.data, false));
    }
    if (spent && this.#shares.length > 0) this.#watchQuietly(false);
  }

  /** Its file was closed: everyone is told, and has it no more. */
  evicted(): void {
    const { loop } = this.#surroundings;
    const shares = this.#shares.filter((share) => this.#takeOut(share));
    this.#end();
    for (const share of shares) loop.tellEvicted(share.member, share);
  }

  /** It keeps an attached manager's process alive when any of its subscribers does. */
  refer(): void {
    const referenced = this.#shares.some(({ member }) => member.referenced);
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    this.#surroundings.table.setReferenced(this.#member, referenced);
  }

  #hears(share: Share): boolean {
    const { loop } = this.#surroundings;
    return share.armed && share.deafIn !== loop.turnsBegun && this.#has(share);
  }

  #has(share: Share): boolean {
    return share.member.shares?.get(this.fd) === share;
  }

  #takeOut(share: Share): boolean {
    if (!this.#has(share)) return false;
    share.member.shares?.delete(this.fd);
    this.#shares = this.#shares.filter((each) => each !== share);
    return true;
  }

  #end(): void {
    this.#onEnd(this);
    this.#surroundings.roster.remove(this.#member);
  }

  /** As `#watch`, where nobody is there to be told of an error. */
  #watchQuietly(anew: boolean): void {
    try {
      this.#watch(anew);
    } catch (error) {
      if (isGone(error)) this.evicted();
      else this.#surroundings.loop.faults.report(error, { fd: this.fd });
    }
  }

  /** Has the kernel watch for the union of what is wanted now; `anew` even when it does. */
  #watch(anew: boolean, by: readonly Omit<Terms, 'data'>[] = this.#shares): void {
    const { table } = this.#surroundings;
    const armed = by.filter(({ state }) => state === 0);
    if (armed.length === 0) {
      table.act('pause', this.#member, this.fd);
      this.#silent = true;
      return;
    }
    const union = armed.reduce((all, { interest }) => all | interest, 0);
    const wanted = withoutOneShot(union);
    if (anew || wanted !== this.#union) table.modify(this.#member, this.fd, wanted, 0);
    this.#union = wanted;
    if (this.#silent) table.act('resume', this.#member, this.fd);
    this.#silent = false;
  }

  /** Edge- and level-triggered subscribers can't be served by one registration. */
  #checkInterest(interest: EventSet, changing?: Share): void {
    checkShareable(interest, this.fd);
    const other = this.#shares.find((share) => share !== changing);
    if (!other || ((other.interest ^ interest) & EPOLLET) === 0) return;
    const theirs = (other.interest & EPOLLET) !== 0 ? 'edge-triggered' : 'level-triggered';
    throw new EventManagerError(
      'ERR_INVALID_INTEREST',
      `fd ${this.fd} is shared ${theirs} by others: do as they do, or add a dup of the fd`,
      { fd: this.fd },
    );
  }
}

function checkShareable(interest: EventSet, fd: number): void {
  if ((interest & EPOLLEXCLUSIVE) === 0) return;
  throw new EventManagerError(
    'ERR_INVALID_INTEREST',
    `fd ${fd} can't be shared with EXCLUSIVE, which may keep its events from the others`,
    { fd },
  );
}

/** Each share is disarmed by itself, so that the others go on. */
function withoutOneShot(set: EventSet): EventSet {
  return (set & ~EPOLLONESHOT) >>> 0;
}
