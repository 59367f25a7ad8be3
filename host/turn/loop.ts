import { EPOLLERR, EPOLLHUP } from '../../assembly/abi.js';
import type { NodeDriver } from '../attached/index.js';
import { EventManagerError, Events } from '../contract/index.js';
import type { Budget } from '../manager/index.js';
import { Sharing } from '../sharing/index.js';
import type { Membership, Registry, Roster } from '../table/index.js';
import { type Destination, ReadyList } from '../wasm/index.js';
import { AsyncHandlers } from './async-handlers.js';
import { type ErrorSink, Faults, type HandlerErrorPolicy } from './faults.js';
import { HangUps } from './hang-ups.js';
import { Injections } from './injections.js';
import { type Phase, type PhaseName, Phases } from './phase.js';
import { Waiting } from './waiting.js';

/** Stands for no limit: with an infinity V8 would count the events in floating point. */
const INT32_MAX = 2 ** 31 - 1;

export interface LoopOptions {
  policy: HandlerErrorPolicy;
  onError: ErrorSink | undefined;
  retryOnInterrupt: boolean;
  budget: Budget;
}

/** Turns: wait, then deliver. See S12 to S26 of the documentation for what holds in one. */
export class Loop implements Destination {
  readonly faults: Faults;
  readonly hangUps: HangUps;
  readonly asyncHandlers: AsyncHandlers;
  readonly injections = new Injections((member, events) => this.#callIfAlive(member, events));
  readonly waiting: Waiting;
  /** While the manager is attached. */
  driver: NodeDriver | undefined;
  dispatched = 0;
  turns = 0;
  running = false;
  stopped = false;

  readonly #registry: Registry;
  readonly #members: readonly (Membership | undefined)[];
  readonly #ready: ReadyList;
  readonly #eventsMax: number;
  readonly #nanosecondsMax: number;
  /** Until there is one, a turn has nothing to ask. */
  #phases: Phases | undefined;
  #calls = 0;
  #close: (() => void) | undefined;

  constructor(registry: Registry, options: LoopOptions, roster: Roster) {
    this.#registry = registry;
    this.#members = registry.members;
    this.#ready = new ReadyList(registry.core);
    this.waiting = new Waiting(registry, this.#ready, options.retryOnInterrupt);
    this.#eventsMax = Math.min(options.budget.events ?? INT32_MAX, INT32_MAX);
    this.#nanosecondsMax = options.budget.nanoseconds ?? Number.POSITIVE_INFINITY;
    this.asyncHandlers = new AsyncHandlers(registry, this);
    this.faults = new Faults(options.policy, options.onError, {
      remove: (member) => roster.remove(member),
      stop: () => this.stop(),
    });
    this.hangUps = new HangUps(registry, this.faults);
    roster.onError = (error, context) => this.faults.report(error, context);
    registry.onEvicted = (member, events) => this.tellEvicted(member, events);
    new Sharing({ registry, roster, loop: this });
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
    this.#calls = 0;
    try {
      const phases = this.#phases;
      if (!this.#ready.pending) this.waiting.wait(phases?.due ? 0 : timeoutMs);
      phases?.begin();
      this.#deliverReady();
      if (phases) this.#deliverPhases(phases);
      if (this.#ready.ghostSeen) this.#rebuild();
      this.faults.settle();
      return this.#calls;
    } finally {
      this.dispatched += this.#calls;
      this.running = false;
      this.driver?.turned();
      this.#close?.();
    }
  }

  /** @throws ERR_CLOSED; ERR_REENTRANT in the middle of a turn */
  assertIdle(): void {
    this.#registry.assertOpen();
    if (this.running) throw reentrant();
  }

  /** Whether the next turn has something to do without the kernel. */
  get due(): boolean {
    return this.#ready.pending || (this.#phases?.due ?? false);
  }

  /** Gives a phase its place in the turns from the next on. */
  addPhase(name: PhaseName, phase: Phase): void {
    this.#phases ??= new Phases();
    this.#phases.add(name, phase);
  }

  /** Ends `runForever`, or being attached, after the present turn. */
  stop(): void {
    this.stopped = true;
    if (!this.running) this.driver?.stopped();
  }

  /** Has the manager closed as soon as the present turn is over, which is the last one. */
  closeAfterTurn(close: () => void): void {
    this.#close = close;
    this.stop();
  }

  /** Has an attached manager make a turn soon, if it isn't in one. */
  queued(): void {
    if (!this.running) this.driver?.queued();
  }

  /** Takes back handler calls of this turn: one that was the library's own, say. */
  discount(member: Membership, calls = 1): void {
    this.#calls -= calls;
    member.dispatched -= calls;
  }

  /** Queues an event for the turn after the present one. */
  inject(member: Membership, events: Events): void {
    const { fd, eventSet, data } = events;
    if (this.injections.total === 0) this.addPhase('injected', this.injections);
    this.injections.push(member, new Events(fd, eventSet, data, true));
    this.queued();
  }

  /** An event that a subscriber of the library's own passes on. */
  deliverTo(member: Membership, events: Events): void {
    this.#calls += 1;
    this.#call(member, events);
  }

  tellEvicted(member: Membership, events: Events): void {
    try {
      member.subscriber.evicted?.(events);
    } catch (error) {
      this.faults.note(error, member, events.fd);
    }
  }

  /** One ready entry. Nothing that a handler does comes out of here. */
  deliver(subscriber: number, fd: number, events: number, data: number): void {
    const member = this.#members[subscriber]!;
    this.#call(member, new Events(fd, events >>> 0, data >>> 0, false));
    if ((events & (EPOLLERR | EPOLLHUP)) !== 0) this.hangUps.note(member, fd, events, this.turns);
  }

  #call(member: Membership, events: Events): void {
    member.dispatched += 1;
    try {
      const result = member.recipient.process(events, member.ops);
      if (result !== undefined) this.asyncHandlers.follow(result, member, events);
    } catch (error) {
      this.faults.note(error, member, events.fd);
    }
  }

  #deliverReady(): void {
    this.turns += 1;
    if (this.#nanosecondsMax !== Number.POSITIVE_INFINITY) {
      this.#deliverInTime();
      return;
    }
    // Not `+=` at once: handlers of the library's own take their calls back meanwhile.
    const delivered = this.#ready.walk(this, this.#eventsMax);
    this.#calls += delivered;
  }

  /** One by one, until the turn's time is used up. */
  #deliverInTime(): void {
    const { syscalls } = this.#registry;
    const deadline = syscalls.clock() + this.#nanosecondsMax;
    let left = this.#eventsMax;
    do {
      const delivered = this.#ready.walk(this, 1);
      this.#calls += delivered;
      left -= delivered;
    } while (left > 0 && this.#ready.pending && syscalls.clock() < deadline);
  }

  #deliverPhases(phases: Phases): void {
    // As above.
    const delivered = phases.deliver(() => true);
    this.#calls += delivered;
  }

  #callIfAlive(member: Membership, events: Events): boolean {
    if (this.#registry.member(member.id) !== member) return false;
    this.#call(member, events);
    return true;
  }

  /** A rebuild that fails leaves the old instance in use, to be tried again. */
  #rebuild(): void {
    this.#registry.core.exports.takeGhost();
    try {
      this.#registry.rebuild();
    } catch (error) {
      this.faults.report(error, {});
    }
  }
}

function reentrant(): EventManagerError {
  return new EventManagerError(
    'ERR_REENTRANT',
    'this event manager is in the middle of a turn: a handler can `inject` or `stop`, ' +
      'but not run it again',
  );
}
