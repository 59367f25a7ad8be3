import { EPOLLERR, EPOLLHUP } from '../../assembly/abi.js';
import { DeliveredEvents, type Events, reentrantError } from '../contract/index.js';
import type { Member, Roster, Table, Watched } from '../table/index.js';
import { type Dispatcher, ReadyList } from '../wasm/index.js';
import { AsyncHandlers } from './async-handlers.js';
import { type Budget, TurnBudget } from './budget.js';
import type { LoopDriver } from './driver.js';
import type { Faults } from './faults.js';
import { HangUps } from './hang-ups.js';
import { Injections } from './injections.js';
import { NeverRead } from './never-read.js';
import { type Phase, type PhaseName, Phases } from './phase.js';
import { rebuildFailures } from './rebuild-failures.js';
import { Waiting } from './waiting.js';

export interface LoopOptions {
  retryOnInterrupt: boolean;
  rearmSettled: boolean;
  budget: Budget;
}

/** What a loop is made of. */
export interface LoopPieces {
  readonly table: Table;
  readonly roster: Roster;
  readonly faults: Faults;
  readonly driver: LoopDriver;
}

/** Turns: wait, then deliver. The rules S12 to S26 of docs/semantics.md say what holds in one. */
export class Loop implements Dispatcher {
  readonly table: Table;
  readonly roster: Roster;
  readonly faults: Faults;
  readonly hangUps: HangUps;
  readonly neverRead: NeverRead;
  readonly asyncHandlers: AsyncHandlers;
  readonly injections = new Injections((member, events) => this.#callIfMember(member, events));
  readonly waiting: Waiting;
  dispatched = 0;
  /** Turns until now, the present one included. */
  turnsBegun = 0;
  running = false;
  stopped = false;

  readonly #driver: LoopDriver;
  readonly #members: readonly (Member | undefined)[];
  readonly #ready: ReadyList;
  readonly #budget: TurnBudget;
  /** Until there is one, a turn has nothing to ask. */
  #phases: Phases | undefined;
  readonly #rebuildFailures = rebuildFailures();
  #calls = 0;
  #close: (() => void) | undefined;

  constructor({ table, roster, faults, driver }: LoopPieces, options: LoopOptions) {
    this.table = table;
    this.roster = roster;
    this.faults = faults;
    this.#driver = driver;
    this.#members = roster.bySlot;
    this.#ready = new ReadyList(table.core);
    this.waiting = new Waiting(table, this.#ready, options.retryOnInterrupt);
    this.#budget = new TurnBudget(options.budget, () => table.syscalls.clock());
    this.asyncHandlers = new AsyncHandlers(this, options.rearmSettled);
    this.hangUps = new HangUps(table, faults);
    this.neverRead = new NeverRead(table, this.#members, faults);
  }

  /**
   * One turn: how many handlers were called. A negative timeout waits for ever.
   *
   * It is made of short functions, which V8 puts into one: after a system call each frame that
   * was there before it costs a return that the CPU has not foreseen (bench/RESULTS.md).
   */
  turn(timeoutMs: number): number {
    this.assertIdle();
    this.running = true;
    this.stopped = false;
    this.#calls = 0;
    try {
      const phases = this.#phases;
      if (!this.#ready.hasEntries) this.waiting.wait(phases?.due ? 0 : timeoutMs);
      phases?.begin();
      this.#deliverReady();
      this.neverRead.end();
      if (phases) this.#deliverPhases(phases);
      if (this.#ready.ghostSeen) this.#rebuild();
      this.faults.settle();
      return this.#calls;
    } finally {
      this.dispatched += this.#calls;
      this.running = false;
      this.#end();
    }
  }

  /** Turns until `stop`, the signal or the table's end. */
  turnForever(signal: AbortSignal | undefined): void {
    // First: inside a handler it must not take back a `stop`.
    this.assertIdle();
    this.stopped = false;
    while (!this.stopped && !signal?.aborted && !this.table.closed) this.turn(-1);
  }

  /** @throws ERR_CLOSED; ERR_REENTRANT in the middle of a turn */
  assertIdle(): void {
    this.table.assertOpen();
    if (this.running) throw reentrantError();
  }

  get attached(): boolean {
    return this.#driver.attached;
  }

  /** Whether the next turn has something to do without the kernel. */
  get due(): boolean {
    return this.#ready.hasEntries || (this.#phases?.due ?? false);
  }

  /** Gives a phase its place in the turns from the next on. */
  addPhase(name: PhaseName, phase: Phase): void {
    this.#phases ??= new Phases();
    this.#phases.add(name, phase);
  }

  /** Ends `runForever`, or being attached, after the present turn. */
  stop(): void {
    this.stopped = true;
    if (!this.running) this.#driver.stopped();
  }

  /** Has the manager closed as soon as the present turn is over, which is the last one. */
  closeAfterTurn(close: () => void): void {
    this.#close = close;
    this.stop();
  }

  /** Has an attached manager make a turn soon, if it isn't in one. */
  queued(): void {
    if (!this.running) this.#driver.queued();
  }

  /** Takes back a handler call of this turn, which was the library's own. */
  discount(member: Member): void {
    this.#calls -= 1;
    member.dispatched -= 1;
  }

  /** Queues an event for the turn after the present one. @throws ERR_QUEUE_FULL */
  inject(member: Member, { fd, eventSet, data }: Events): void {
    if (this.injections.total === 0) this.addPhase('injected', this.injections);
    this.injections.push(member, new DeliveredEvents(fd, eventSet, data, true));
    this.queued();
  }

  /** An event that a subscriber of the library's own passes on. */
  deliverTo(member: Member, events: Events): void {
    this.#calls += 1;
    this.#call(member, events);
  }

  /** Tells a member that its registration was found dead. */
  tellEvicted(member: Member, { fd, interest, data }: Watched): void {
    try {
      member.subscriber.evicted?.(new DeliveredEvents(fd, interest, data, false));
    } catch (error) {
      this.faults.note(error, member, fd);
    }
  }

  /** One ready entry. Nothing that a handler does comes out of here. */
  deliver(subscriber: number, fd: number, events: number, data: number): void {
    const member = this.#members[subscriber]!;
    this.#call(member, new DeliveredEvents(fd, events >>> 0, data >>> 0, false));
    if ((events & (EPOLLERR | EPOLLHUP)) === 0) return;
    this.hangUps.note(member, fd, events, this.turnsBegun);
  }

  #end(): void {
    try {
      this.#driver.turned();
    } finally {
      this.#close?.();
    }
  }

  #call(member: Member, events: Events): void {
    member.dispatched += 1;
    try {
      const result = member.recipient.process(events, member.ops);
      if (result !== undefined) this.asyncHandlers.follow(result, member, events);
    } catch (error) {
      this.faults.note(error, member, events.fd);
    }
  }

  #deliverReady(): void {
    this.turnsBegun += 1;
    this.neverRead.begin(this.#ready, this.turnsBegun);
    if (this.#budget.timed) {
      this.#deliverInTime();
      return;
    }
    // Not `+=` at once: handlers of the library's own take their calls back meanwhile.
    const delivered = this.#ready.walk(this, this.#budget.events);
    this.#calls += delivered;
  }

  /** One by one, until the turn's time is used up. */
  #deliverInTime(): void {
    this.#budget.begin();
    let left = this.#budget.events;
    do {
      const delivered = this.#ready.walk(this, 1);
      this.#calls += delivered;
      left -= delivered;
    } while (left > 0 && this.#ready.hasEntries && this.#budget.inTime);
  }

  #deliverPhases(phases: Phases): void {
    // As above.
    const delivered = phases.deliver(this.#budget.goOn);
    this.#calls += delivered;
  }

  #callIfMember(member: Member, events: Events): boolean {
    if (!this.roster.has(member)) return false;
    this.#call(member, events);
    return true;
  }

  /** A rebuild that fails leaves the old instance in use, to be tried again. */
  #rebuild(): void {
    this.table.core.exports.takeGhost();
    try {
      this.table.rebuild();
    } catch (error) {
      if (this.#rebuildFailures.failed(error)) this.faults.report(error, {});
      return;
    }
    const failures = this.#rebuildFailures.ended();
    if (failures) this.faults.report(failures, {});
  }
}
