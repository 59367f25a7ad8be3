import { AsyncHandlers } from './async-handlers.js';
import { EventManagerError, systemError } from './errors.js';
import { Events } from './events.js';
import { type ErrorSink, Faults, type HandlerErrorPolicy } from './faults.js';
import { HangUps } from './hang-ups.js';
import { Injections } from './injections.js';
import type { Membership } from './membership.js';
import type { NodeDriver } from './node-driver.js';
import type { Budget } from './options.js';
import { PHASES, type Phase, type PhaseName } from './phase.js';
import type { Registry } from './registry.js';
import type { Roster } from './roster.js';
import { Sharing } from './sharing.js';
import { EINTR } from './sys/errno.js';
import { STATUS_THROWN } from './wasm/instance.js';
import { type Destination, ReadyList } from './wasm/walk.js';

/** Stands for no limit: with an infinity V8 would count the events in floating point. */
const INT32_MAX = 2 ** 31 - 1;
/** The longest wait that the kernel takes in one piece: 24.8 days, in milliseconds. */
const WAIT_MAX_MS = INT32_MAX;
const NANOSECONDS_PER_MILLISECOND = 1e6;

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
  /** While the manager is attached. */
  driver: NodeDriver | undefined;
  waits = 0;
  interrupted = 0;
  dispatched = 0;
  turns = 0;
  running = false;
  stopped = false;

  readonly #registry: Registry;
  readonly #members: readonly (Membership | undefined)[];
  readonly #ready: ReadyList;
  readonly #retryOnInterrupt: boolean;
  readonly #eventsMax: number;
  readonly #nanosecondsMax: number;
  #phases: Phase[] = [this.injections];
  readonly #named = new Map<PhaseName, Phase>([['injected', this.injections]]);
  #calls = 0;
  #deadline = 0;

  constructor(registry: Registry, options: LoopOptions, roster: Roster) {
    this.#registry = registry;
    this.#members = registry.members;
    this.#ready = new ReadyList(registry.core);
    this.#retryOnInterrupt = options.retryOnInterrupt;
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

  /** One turn: how many handlers were called. A negative timeout waits for ever. */
  turn(timeoutMs: number): number {
    this.assertIdle();
    this.running = true;
    this.#calls = 0;
    try {
      const phases = this.#phases;
      if (!this.#ready.pending) this.#wait(isAnyDue(phases) ? 0 : timeoutMs);
      for (let i = 0; i < phases.length; i += 1) phases[i]!.begin();
      this.#deliverReady();
      for (let i = 0; i < phases.length; i += 1) {
        const delivered = phases[i]!.deliver();
        this.#calls += delivered;
      }
      if (this.#ready.ghostSeen) this.#rebuild();
      this.faults.settle();
      return this.#calls;
    } finally {
      this.dispatched += this.#calls;
      this.running = false;
      this.driver?.turned();
    }
  }

  /** @throws ERR_CLOSED; ERR_REENTRANT in the middle of a turn */
  assertIdle(): void {
    this.#registry.assertOpen();
    if (!this.running) return;
    throw new EventManagerError(
      'ERR_REENTRANT',
      'this event manager is in the middle of a turn: a handler can `inject` or `stop`, ' +
        'but not run it again',
    );
  }

  /** Whether the next turn has something to do without the kernel. */
  get due(): boolean {
    return this.#ready.pending || isAnyDue(this.#phases);
  }

  /** Gives a phase its place in the turns from the next on. */
  addPhase(name: PhaseName, phase: Phase): void {
    this.#named.set(name, phase);
    this.#phases = PHASES.flatMap((each) => this.#named.get(each) ?? []);
  }

  /** Ends `runForever`, or being attached, after the present turn. */
  stop(): void {
    this.stopped = true;
    if (!this.running) this.driver?.stopped();
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
    // EPOLLERR | EPOLLHUP, as a literal: see ReadyList.walk.
    if ((events & 0x18) !== 0) this.hangUps.note(member, fd, events, this.turns);
  }

  /** Whether the turn's time is used up. */
  late(): boolean {
    return this.#registry.syscalls.clock() >= this.#deadline;
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
    const timed = this.#nanosecondsMax !== Number.POSITIVE_INFINITY;
    if (timed) this.#deadline = this.#registry.syscalls.clock() + this.#nanosecondsMax;
    // Not `+=` at once: handlers of the library's own take their calls back meanwhile.
    const delivered = this.#ready.walk(this, this.#eventsMax, timed);
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

  /** Waits in as many pieces as it takes. */
  #wait(timeoutMs: number): void {
    const { syscalls } = this.#registry;
    const simple = timeoutMs < 0 || (timeoutMs <= WAIT_MAX_MS && !this.#retryOnInterrupt);
    const deadline = simple ? 0 : syscalls.clock() + timeoutMs * NANOSECONDS_PER_MILLISECOND;
    let left = timeoutMs;
    for (;;) {
      this.waits += 1;
      const received = this.#ready.fill(Math.min(left, WAIT_MAX_MS));
      if (received > 0) return;
      if (received === -EINTR) {
        this.interrupted += 1;
        if (!this.#retryOnInterrupt) return;
      } else if (received < 0) {
        throw this.#waitError(received);
      } else if (left <= WAIT_MAX_MS) {
        return;
      }
      if (timeoutMs < 0) continue;
      left = (deadline - syscalls.clock()) / NANOSECONDS_PER_MILLISECOND;
      if (left <= 0) return;
    }
  }

  #waitError(status: number): unknown {
    if (status === STATUS_THROWN) return this.#registry.core.takeThrown();
    return systemError(status, 'epoll_wait', this.#registry.epfd);
  }
}

/** A plain loop, here and in `turn`: an iterator for each turn would show in its time. */
function isAnyDue(phases: readonly Phase[]): boolean {
  for (let i = 0; i < phases.length; i += 1) if (phases[i]!.due) return true;
  return false;
}
