import { inspect } from 'node:util';
import {
  assertStackRoom,
  checkFlag,
  checkOptions,
  EventManagerError,
  invalidType,
  outOfRange,
  type TimeEvent,
} from '../contract/index.js';
import type { Handler } from '../handlers/internal.js';
import { capTime, checkName, type Nanoseconds, refusePast, TIME_MAX, toNs } from './checks.js';
import { ClockTimers } from './clock-timers.js';
import { type TimeEventFunction, toFunction } from './handler.js';
import {
  ALERT_OPTIONS,
  type AlertOptionsOf,
  SCHEDULE_OPTIONS,
  type ScheduleOptionsOf,
  TIMER_OPTIONS,
  type TimerOptionsOf,
} from './options.js';
import { printClock } from './print.js';
import {
  checkMissed,
  firstOf,
  Interval,
  type MissedPolicy,
  type Recurrence,
} from './recurrence.js';
import { Calendar, type Schedule, toSchedule } from './schedule.js';
import { type Alert, NamedTimer, RecurringTimer, Timeout, Timer } from './timer.js';
import type { TimerSet } from './timer-queue.js';
import { Timestamps } from './timestamps.js';

/** Called with each event; or a `Handler`, which gets the clock as ops. Promises: `LiveClock`. */
export type TimeEventHandler = TimeEventFunction | Handler<TimeEvent, Clock>;

export type AlertOptions = AlertOptionsOf<TimeEventHandler>;
export type TimerOptions = TimerOptionsOf<TimeEventHandler>;
export type ScheduleOptions = ScheduleOptionsOf<TimeEventHandler>;

/**
 * What the live clock and the test clock have in common: timers, most of which have names. A
 * handler that is written for a `Clock` works with both.
 *
 * Events come by their times, and those of one time in the order in which their timers were set.
 * Time ends at 2⁶³−1 ns, in the year 2262: a later time is a RangeError, and a timer that would
 * recur beyond it has ended.
 */
export abstract class Clock extends Timestamps {
  readonly #timers: ClockTimers;
  #defaultHandler: TimeEventFunction | undefined;

  /** @internal `offsetNs`: what it is ahead of the time by which `set` goes. */
  constructor(set: TimerSet, offsetNs: bigint) {
    super();
    this.#timers = new ClockTimers(set, offsetNs);
  }

  /** Called for timers that were set without a handler of their own. */
  setDefaultHandler(handler: TimeEventHandler): void {
    this.#defaultHandler = this.#functionOf(handler);
  }

  /**
   * Sets a timer that fires once, at a time. A timer that a handler sets for a time that has come
   * fires in the next turn; a test clock fires it in the same advance.
   *
   * @throws RangeError for a time that has passed, with `allowPast: false`; ERR_TIMER_EXISTS;
   * ERR_NO_HANDLER; ERR_CLOSED
   */
  setTimeAlert(name: string, timeNs: Nanoseconds, options: AlertOptions = {}): void {
    checkOptions('setTimeAlert', options, ALERT_OPTIONS);
    const handler = this.#prepare(name, options);
    const now = this.timestampNs();
    let time = toNs('timeNs', timeNs);
    if (time < now) {
      refusePast(options, 'timeNs', time, now);
      time = now;
    }
    this.#timers.add(new NamedTimer(this.#timers, name, time, handler));
  }

  /**
   * Sets a timer that fires at each interval. Intervals are counted from the start and not from the
   * last event, so that they do not drift. If the start has passed, the first event is at the next
   * time start + n × interval. `missed` decides about events that come late together.
   *
   * @throws RangeError for an interval that isn't positive, a first event beyond the end of time,
   * or a stop before it; ERR_TIMER_EXISTS; ERR_NO_HANDLER; ERR_CLOSED
   */
  setTimer(name: string, intervalNs: Nanoseconds, options: TimerOptions = {}): void {
    checkOptions('setTimer', options, TIMER_OPTIONS);
    const handler = this.#prepare(name, options);
    const missed = checkMissed(options.missed ?? 'all');
    const interval = toNs('intervalNs', intervalNs);
    if (interval === 0n) throw outOfRange('intervalNs', 'more than zero', intervalNs);
    const now = this.timestampNs();
    const start = options.startNs === undefined ? now : toNs('startNs', options.startNs);
    const stop = options.stopNs === undefined ? TIME_MAX : toNs('stopNs', options.stopNs);
    if (start < now) refusePast(options, 'startNs', start, now);
    const earliest = checkFlag('fireImmediately', options.fireImmediately)
      ? start
      : start + interval;
    const first = firstOf(interval, earliest, now, stop);
    this.#recur(name, first, handler, new Interval(interval, stop), missed);
  }

  /**
   * Sets a timer that fires by the calendar, to the millisecond. `pattern` is a cron pattern, which
   * the package croner reads, or an object with a method `nextRun(from)`. `nextRun` is called for
   * each event; if it throws, or returns a time that is not later, the timer ends, and
   * `onHandlerError` decides about the error.
   *
   * @throws RangeError for a pattern or time zone that is none, or that never comes;
   * ERR_INVALID_SCHEDULE for what `nextRun` answers or throws; ERR_MISSING_PEER; ERR_TIMER_EXISTS;
   * ERR_NO_HANDLER; ERR_CLOSED
   */
  setSchedule(name: string, pattern: string | Schedule, options: ScheduleOptions = {}): void {
    checkOptions('setSchedule', options, SCHEDULE_OPTIONS);
    this.#prepare(name, options);
    const missed = checkMissed(options.missed ?? 'all');
    const calendar = new Calendar(toSchedule(pattern, options.timeZone));
    const first = calendar.after(this.timestampNs());
    if (first === undefined) throw outOfRange('A schedule', 'one that has a next time', pattern);
    // Once more: it was the user's code that answered.
    this.#recur(name, first, this.#prepare(name, options), calendar, missed);
  }

  /**
   * Sets a timer without a name that fires once, at a time: for programs with thousands of timers.
   * `cancelAlert` cancels it, and nothing else; it has no place in names and counts. A time that
   * has passed fires at once. @throws RangeError, TypeError; ERR_CLOSED; ERR_OUT_OF_MEMORY
   */
  alertAt(timeNs: Nanoseconds, handler: TimeEventHandler): Alert {
    this.#timers.assertOpen();
    const time = toNs('timeNs', timeNs);
    const timer = new Timer(this.#timers, time, this.#functionOf(handler));
    this.#timers.addNameless(timer);
    return timer;
  }

  /**
   * Cancels an alert. Returns false if it had fired, or was cancelled before.
   * @throws TypeError for what isn't an alert of this clock
   */
  cancelAlert(alert: Alert): boolean {
    if (alert instanceof Timer && alert.owner === this.#timers) return this.#timers.cancel(alert);
    throw invalidType('An alert', 'what `alertAt` of this clock answers', alert);
  }

  /** Cancels a timer. Its event that is due and was not delivered is dropped. */
  cancelTimer(name: string): boolean {
    const timer = this.#timers.named(checkName(name));
    if (!timer) return false;
    assertStackRoom();
    return this.#timers.cancel(timer);
  }

  /** Cancels all timers that have names. */
  cancelTimers(): void {
    assertStackRoom();
    this.#timers.cancelNamed();
  }

  get timerNames(): string[] {
    return this.#timers.names;
  }

  get timerCount(): number {
    return this.#timers.nameCount;
  }

  /** When a timer fires next; undefined when there is none of this name. */
  nextTimeNs(name: string): bigint | undefined {
    return this.#timers.named(checkName(name))?.time;
  }

  /**
   * @internal One call after so long, for a part of the library: no method of the clock cancels it.
   * When the clock is disposed before, it comes soon. Answers how to stop it.
   */
  callAfter(delayNs: bigint, call: () => void): () => void {
    this.#timers.assertOpen();
    const time = capTime(this.timestampNs() + delayNs);
    const timeout = new Timeout(this.#timers, time, call);
    this.#timers.addNameless(timeout);
    return () => void this.#timers.cancel(timeout);
  }

  /** @internal What `console.log` shows: the time, and the timers that have names. */
  [inspect.custom](): string {
    return printClock(this, this.#timers.closed);
  }

  /** @internal Cancels all timers, and takes no more. */
  protected close(): void {
    this.#timers.close();
  }

  #functionOf(handler: TimeEventHandler): TimeEventFunction {
    return this.#timers.heed(toFunction<Clock>(handler, this));
  }

  /** What has to hold before a named timer is set: its handler. */
  #prepare(name: string, options: AlertOptions): TimeEventFunction {
    this.#timers.assertOpen();
    checkName(name);
    assertStackRoom();
    const { handler } = options;
    const replace = checkFlag('replace', options.replace);
    const chosen = handler === undefined ? this.#defaultHandler : this.#functionOf(handler);
    if (!chosen) {
      throw new EventManagerError(
        'ERR_NO_HANDLER',
        `timer ${JSON.stringify(name)} has no handler, and the clock no default: give one`,
      );
    }
    if (!replace) this.#timers.assertFree(name);
    return chosen;
  }

  #recur(
    name: string,
    first: bigint,
    handler: TimeEventFunction,
    recurrence: Recurrence,
    missed: MissedPolicy,
  ): void {
    const timers = this.#timers;
    timers.add(new RecurringTimer(timers, name, first, handler, recurrence, missed));
  }
}
