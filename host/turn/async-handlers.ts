import { STATE_DISARMED } from '../../assembly/abi.js';
import { type Events, isGone, isThenable } from '../contract/index.js';
import type { Member, Roster, StandIn, Table } from '../table/index.js';
import type { Faults } from './faults.js';
import type { Injections } from './injections.js';
import type { Phase, PhaseName } from './phase.js';

/** The loop whose handlers they are. */
interface Loop {
  readonly table: Table;
  readonly roster: Roster;
  readonly faults: Faults;
  readonly injections: Injections;
  readonly running: boolean;
  readonly attached: boolean;
  /** Takes back a handler call of this turn, which was the library's own. */
  discount(member: Member): void;
  /** Something was queued for the next turn. */
  queued(): void;
  addPhase(name: PhaseName, phase: Phase): void;
}

/**
 * Handlers that return a promise. A rejection counts as a throw.
 *
 * While the manager is attached they are serialised too: a subscriber whose promise is pending gets
 * nothing until it settles. In a blocking `run` no promise settles before it returns, so that
 * there each event calls the handler, however many of its promises are pending.
 */
export class AsyncHandlers implements Phase {
  readonly #loop: Loop;
  readonly #rearmSettled: boolean;
  readonly #standIns = new Map<Member, HandlerStandIn>();
  /** Those without a pending promise, whose fds are let go of turn by turn. */
  readonly #idle = new Set<HandlerStandIn>();
  #inTurns = false;

  constructor(loop: Loop, rearmSettled: boolean) {
    this.#loop = loop;
    this.#rearmSettled = rearmSettled;
  }

  /** What a handler has returned for an event. */
  follow(result: unknown, member: Member, events: Events): void {
    if (!isThenable(result)) return;
    const standIn = this.#loop.attached ? this.#engage(member) : undefined;
    const settled = () => {
      if (standIn) this.#disengage(standIn);
      if (this.#rearmSettled && !events.injected) this.#rearmIfSpent(member, events.fd);
      if (!this.#loop.running) this.#loop.faults.settleOutside();
    };
    Promise.resolve(result).then(settled, (error: unknown) => {
      this.#loop.faults.note(error, member, events.fd);
      settled();
    });
  }

  /** Lets everyone have their events again, as a blocking `run` is to come. */
  releaseAll(): void {
    for (const standIn of this.#standIns.values()) standIn.release();
    this.#standIns.clear();
    this.#idle.clear();
  }

  get due(): boolean {
    return this.#idle.size > 0;
  }

  begin(): void {}

  /** What was let go of has had this turn to be reported. */
  deliver(): number {
    for (const standIn of this.#idle) {
      if (standIn.idle) standIn.letGo();
      this.#keepIfIdle(standIn);
    }
    return 0;
  }

  #engage(member: Member): HandlerStandIn {
    let standIn = this.#standIns.get(member);
    if (!standIn || member.standIn !== standIn) {
      standIn = new HandlerStandIn(this.#loop, member);
      this.#standIns.set(member, standIn);
    }
    standIn.engage();
    this.#idle.delete(standIn);
    return standIn;
  }

  #disengage(standIn: HandlerStandIn): void {
    // It may have been released meanwhile, as the manager was detached.
    if (this.#loop.table.closed || this.#standIns.get(standIn.member) !== standIn) return;
    standIn.disengage();
    this.#keepIfIdle(standIn);
    if (this.#idle.size > 0) this.#loop.queued();
  }

  #keepIfIdle(standIn: HandlerStandIn): void {
    if (standIn.idle) {
      this.#idle.add(standIn);
      if (!this.#inTurns) this.#loop.addPhase('silenced', this);
      this.#inTurns = true;
      return;
    }
    this.#idle.delete(standIn);
    if (!standIn.over) return;
    this.#standIns.delete(standIn.member);
    standIn.release();
  }

  #rearmIfSpent(member: Member, fd: number): void {
    const { table, roster } = this.#loop;
    if (table.closed || !roster.has(member)) return;
    const state = table.held(member, fd)?.state ?? 0;
    if ((state & STATE_DISARMED) !== 0) attempt(this.#loop, 'rearm', member, fd);
  }
}

/**
 * Receives a subscriber's events while a promise of its handler is pending: it silences each fd
 * that fires, and has it watched again when the promise has settled. The kernel then reports what
 * is ready: a level-triggered fd does not spin, and an edge is not lost.
 *
 * Of many fds that are silent only the first is let go of when a promise settles. Mostly its event
 * leads to the next promise, and all others would have to be silenced again. Where it doesn't, as
 * the handler returned nothing, or somebody else had read it, each turn lets go of twice as many.
 */
class HandlerStandIn implements StandIn {
  readonly #loop: Loop;
  readonly #member: Member;
  /** What has to be done in the end, by fd, the longest silent first. */
  readonly #silenced = new Map<number, 'resume' | 'rearm'>();
  /** How many the next turn lets go of. */
  #step = 1;
  #pending = 0;

  constructor(loop: Loop, member: Member) {
    this.#loop = loop;
    this.#member = member;
    member.standIn = this;
  }

  get member(): Member {
    return this.#member;
  }

  /** Whether fds are silent, and no promise is pending. */
  get idle(): boolean {
    return this.#pending === 0 && this.#silenced.size > 0;
  }

  /** Whether there is nothing left for it to do. */
  get over(): boolean {
    return this.#pending === 0 && this.#silenced.size === 0;
  }

  /** A promise is pending: from now on it is called. */
  engage(): void {
    this.#pending += 1;
    this.#step = 1;
    this.#member.recipient = this;
  }

  /** A promise has settled. */
  disengage(): void {
    this.#pending -= 1;
    if (this.#pending > 0) return;
    this.#member.recipient = this.#member.subscriber;
    this.letGo();
    if (this.#loop.injections.release(this.#member)) this.#loop.queued();
  }

  process(events: Events): void {
    this.#loop.discount(this.#member);
    this.#silence(events.fd);
  }

  /** The user has paused it, and it is to stay so. */
  paused(fd: number): void {
    this.#silenced.delete(fd);
  }

  /** Its subscriber was removed. */
  removed(): void {
    this.#silenced.clear();
    this.release();
  }

  /** Has some of what is silent watched again, and next time twice as many. */
  letGo(): void {
    let left = this.#step;
    this.#step *= 2;
    for (const [fd, verb] of this.#silenced) {
      if (left === 0) break;
      this.#silenced.delete(fd);
      if (attempt(this.#loop, verb, this.#member, fd)) left -= 1;
    }
  }

  /** Has all of it watched again: it does nothing from then on. */
  release(): void {
    const member = this.#member;
    if (member.standIn !== this) return;
    member.recipient = member.subscriber;
    member.standIn = undefined;
    this.#step = this.#silenced.size;
    this.letGo();
    if (this.#loop.injections.release(member)) this.#loop.queued();
  }

  #silence(fd: number): void {
    const record = this.#loop.table.held(this.#member, fd);
    if (!record) return;
    // A one-shot entry that has fired is silent already, and its event is still owed.
    if ((record.state & STATE_DISARMED) !== 0) this.#silenced.set(fd, 'rearm');
    else if (attempt(this.#loop, 'pause', this.#member, fd)) this.#silenced.set(fd, 'resume');
  }
}

/** Does one thing to a subscriber's fd, if that is still there: whether it was. */
function attempt(
  { table, faults }: Loop,
  verb: 'pause' | 'resume' | 'rearm',
  member: Member,
  fd: number,
): boolean {
  try {
    table.act(verb, member, fd);
    return true;
  } catch (error) {
    // Removed or closed meanwhile: there is nothing to come.
    if (!isGone(error)) faults.reportFor(member, error, member.context(fd));
    return false;
  }
}
