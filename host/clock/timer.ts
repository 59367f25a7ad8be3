import { inspect } from 'node:util';
import { printed } from '../contract/index.js';
import type { TimeEventFunction } from './handler.js';
import type { MissedPolicy, Recurrence } from './recurrence.js';

/** A timer without a name, as `alertAt` answers it. */
export interface Alert {
  /** When it fires, in nanoseconds since 1970. */
  readonly time: bigint;
  /** Whether it is still to fire. */
  readonly active: boolean;
}

/** Whose a timer is: the timers of one clock. */
export interface TimerOwner {
  /** What its clock is ahead of the queue's time: a live one of CLOCK_MONOTONIC. */
  readonly offsetNs: bigint;
  /** Whether it is behind that, so that a time near the end is beyond it by the queue. */
  readonly behind: boolean;
  /** Whether it was still to fire. */
  cancel(timer: Timer): boolean;
  /** A timer of it has fired for the last time. */
  forget(timer: Timer): void;
}

/** One timer of a clock, which fires once, and has no name. A million of them is no rarity. */
export class Timer implements Alert {
  /** Its place in the heap; 0 once it was cancelled, replaced, or has fired for the last time. */
  slot = 0;
  /** Among timers of one time the lower comes first: it was set first. */
  order = 0;
  /** Whether its queue keeps it from being the first. */
  withheld = false;
  readonly owner: TimerOwner;
  readonly handler: TimeEventFunction;
  /** When it fires next, in nanoseconds since 1970. */
  time: bigint;

  constructor(owner: TimerOwner, time: bigint, handler: TimeEventFunction) {
    this.owner = owner;
    this.time = time;
    this.handler = handler;
  }

  get name(): string {
    return '';
  }

  get active(): boolean {
    return this.slot !== 0;
  }

  /** What `console.log` shows of an alert. */
  [inspect.custom](): string {
    return printed('Alert', `time: ${this.time}`, this.active ? 'active' : 'over');
  }
}

/** One that has a name. */
export class NamedTimer extends Timer {
  readonly #name: string;

  constructor(owner: TimerOwner, name: string, time: bigint, handler: TimeEventFunction) {
    super(owner, time, handler);
    this.#name = name;
  }

  override get name(): string {
    return this.#name;
  }
}

/** One that fires again. */
export class RecurringTimer extends NamedTimer {
  readonly recurrence: Recurrence;
  readonly missed: MissedPolicy;
  /** What its handler has returned, until that settles. */
  pending: unknown;

  constructor(
    owner: TimerOwner,
    name: string,
    time: bigint,
    handler: TimeEventFunction,
    recurrence: Recurrence,
    missed: MissedPolicy,
  ) {
    super(owner, name, time, handler);
    this.recurrence = recurrence;
    this.missed = missed;
  }
}

/** One of the library's own, which no method of the clock cancels, and whose call isn't counted. */
export class Timeout extends Timer {
  readonly call: () => void;

  constructor(owner: TimerOwner, time: bigint, call: () => void) {
    super(owner, time, call);
    this.call = call;
  }
}
