import { STATE_DISARMED } from '../../assembly/abi.js';
import { type Events, isGone, isThenable } from '../contract/index.js';
import type { Member, Roster, StandIn, Table } from '../table/index.js';
import type { Faults } from './faults.js';
import type { Injections } from './injections.js';

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
}

/**
 * Handlers that return a promise. A rejection counts as a throw.
 *
 * While the manager is attached they are serialised too: a subscriber whose promise is pending gets
 * nothing until it settles. In a blocking `run` no promise settles before it returns, so that
 * there each event calls the handler, however many of its promises are pending.
 */
export class AsyncHandlers {
  readonly #loop: Loop;
  readonly #rearmSettled: boolean;
  readonly #standIns = new Set<HandlerStandIn>();

  constructor(loop: Loop, rearmSettled: boolean) {
    this.#loop = loop;
    this.#rearmSettled = rearmSettled;
  }

  /** What a handler has returned for an event. */
  follow(result: unknown, member: Member, events: Events): void {
    if (!isThenable(result)) return;
    const standIn = this.#loop.attached ? this.#standIn(member) : undefined;
    const settled = () => {
      if (standIn) this.#release(standIn);
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
    for (const standIn of this.#standIns) this.#release(standIn);
  }

  #standIn(member: Member): HandlerStandIn {
    const standIn = new HandlerStandIn(this.#loop, member);
    this.#standIns.add(standIn);
    return standIn;
  }

  #release(standIn: HandlerStandIn): void {
    if (this.#standIns.delete(standIn)) standIn.release();
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
 */
class HandlerStandIn implements StandIn {
  readonly #loop: Loop;
  readonly #member: Member;
  /** What has to be done in the end, by fd. */
  readonly #silenced = new Map<number, 'resume' | 'rearm'>();

  constructor(loop: Loop, member: Member) {
    this.#loop = loop;
    this.#member = member;
    member.recipient = this;
    member.standIn = this;
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

  release(): void {
    const member = this.#member;
    if (member.standIn !== this) return;
    member.recipient = member.subscriber;
    member.standIn = undefined;
    for (const [fd, verb] of this.#silenced) attempt(this.#loop, verb, member, fd);
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
