import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLONESHOT, STATE_DISARMED } from '../../assembly/abi.js';
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
import { checkShareable, Wishes, withoutOneShot } from './wishes.js';

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
  /** Those of now. Who joins in the middle of a delivery is deaf in it. */
  readonly #shares = new Set<Share>();
  readonly #wishes = new Wishes();
  /** What the kernel was asked for. */
  #union: EventSet;
  /** Paused, since all shares are. */
  #silent = false;
  #referenced = false;
  /** Those whose subscribers keep an attached manager's process alive. */
  readonly #referring = new Set<Share>();

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
    const share = new Share(this, member, watched, loop.turnsBegun);
    this.#wishes.add(share);
    try {
      if (this.#shares.size > 0) this.#watch(true);
    } catch (error) {
      this.#wishes.remove(share);
      if (!isGone(error)) throw error;
      this.evicted();
      return false;
    }
    member.shares ??= new Map();
    member.shares.set(this.fd, share);
    this.#shares.add(share);
    this.#surroundings.roster.shares += 1;
    this.refer(share);
    return true;
  }

  /** Whether the kernel still knows the fd; when it doesn't, everyone has been told. */
  verify(): boolean {
    this.#watchQuietly(true);
    return this.#shares.size > 0;
  }

  leave(share: Share): void {
    if (!this.#takeOut(share)) return;
    if (this.#shares.size === 0) {
      this.#end();
      return;
    }
    this.#watchQuietly(false);
    this.#tellReferenced();
  }

  /** Changes what one of them wants; all stays as it is when the kernel refuses. */
  change(share: Share, terms: Partial<Terms>): void {
    if (terms.interest !== undefined) this.#checkInterest(terms.interest, share);
    const { interest = share.interest, state = share.state } = terms;
    const wanted = { interest, state };
    this.#reckon(share, wanted);
    try {
      this.#watch(state === 0);
    } catch (error) {
      this.#reckon(wanted, share);
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
        this.#wishes.remove(share);
        share.state |= STATE_DISARMED;
        this.#wishes.add(share);
        spent = true;
      }
      loop.deliverTo(share.member, new DeliveredEvents(this.fd, set, share.data, false));
    }
    if (spent && this.#shares.size > 0) this.#watchQuietly(false);
  }

  /** Its file was closed: everyone is told, and has it no more. */
  evicted(): void {
    const { loop } = this.#surroundings;
    const shares = [...this.#shares].filter((share) => this.#takeOut(share));
    this.#end();
    for (const share of shares) loop.tellEvicted(share.member, share);
  }

  /** It keeps an attached manager's process alive when any of its subscribers does. */
  refer(share: Share): void {
    if (share.member.referenced) this.#referring.add(share);
    else this.#referring.delete(share);
    this.#tellReferenced();
  }

  #tellReferenced(): void {
    const referenced = this.#referring.size > 0;
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
    this.#shares.delete(share);
    this.#wishes.remove(share);
    this.#surroundings.roster.shares -= 1;
    this.#referring.delete(share);
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

  /** One wants something else now. */
  #reckon(from: Omit<Terms, 'data'>, to: Omit<Terms, 'data'>): void {
    this.#wishes.remove(from);
    this.#wishes.add(to);
  }

  /** Has the kernel watch for the union of what is wanted now; `anew` even when it does. */
  #watch(anew: boolean): void {
    const { table } = this.#surroundings;
    if (this.#wishes.armed === 0) {
      table.act('pause', this.#member, this.fd);
      this.#silent = true;
      return;
    }
    const wanted = withoutOneShot(this.#wishes.union);
    if (anew || wanted !== this.#union) table.modify(this.#member, this.fd, wanted, 0);
    this.#union = wanted;
    if (this.#silent) table.act('resume', this.#member, this.fd);
    this.#silent = false;
  }

  /** Edge- and level-triggered subscribers can't be served by one registration. */
  #checkInterest(interest: EventSet, changing?: Share): void {
    checkShareable(interest, this.fd);
    const { size, edgeTriggered } = this.#wishes;
    if (size === (changing ? 1 : 0)) return;
    const theirs = edgeTriggered > 0 ? 'edge-triggered' : 'level-triggered';
    if (((interest & EPOLLET) !== 0) === edgeTriggered > 0) return;
    throw new EventManagerError(
      'ERR_INVALID_INTEREST',
      `fd ${this.fd} is shared ${theirs} by others: do as they do, or add a dup of the fd`,
      { fd: this.fd },
    );
  }
}
