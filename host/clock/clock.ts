import { EventManagerError, invalidType, outOfRange, TimeEvent } from '../contract/index.js';
import { NO_SYSCALLS } from '../sys/index.js';
import { Core, defaultModule, MEMORY_MAX_BYTES, TimerHeap } from '../wasm/index.js';
import { checkName, type Nanoseconds, refusePast, toNs } from './checks.js';
import { type TimeEventFunction, type TimeEventHandler, toFunction } from './handler.js';
import type { AlertOptions, ScheduleOptions, TimerOptions } from './options.js';
import { Calendar, type Schedule, toSchedule } from './schedule.js';
import {
  type Alert,
  byTimeAndName,
  Interval,
  type Occurrence,
  type Recurrence,
  Timer,
} from './timer.js';
import { Timestamps } from './timestamps.js';

/**
 * What the live clock and the test clock share: named timers over one heap. A handler written
 * against this runs on both.
 */
export abstract class Clock extends Timestamps {
  readonly #heap = new TimerHeap<Timer>(new Core(NO_SYSCALLS, defaultModule(), MEMORY_MAX_BYTES));
  readonly #timers = new Map<string, Timer>();
  /** Taken from the heap, and still to be delivered: events of one time, by name. */
  #waiting: Occurrence[] = [];
  #defaultHandler: TimeEventFunction | undefined;

  /** Called for timers that were set without a handler of their own. */
  setDefaultHandler(handler: TimeEventHandler): void {
    this.#defaultHandler = toFunction(handler, this);
  }

  /**
   * One event, at a time. From a handler, a time that has come fires in the next turn, or, by
   * the test clock, in the same advance.
   *
   * @throws RangeError for a time that has passed, with `allowPast: false`; ERR_TIMER_EXISTS;
   * ERR_NO_HANDLER
   */
  setTimeAlert(name: string, timeNs: Nanoseconds, options: AlertOptions = {}): void {
    checkName(name);
    const now = this.timestampNs();
    let time = toNs('timeNs', timeNs);
    if (time < now) {
      refusePast(options, 'timeNs', time, now);
      time = now;
    }
    this.#start(name, time, undefined, options);
  }

  /**
   * An event at each interval, counted from the start and not from the last event, so that it
   * does not drift. Where the start has passed, it goes on from there: the first event is the
   * next one of the grid.
   *
   * @throws RangeError for an interval that isn't positive or a stop before the first event;
   * ERR_TIMER_EXISTS; ERR_NO_HANDLER
   */
  setTimer(name: string, intervalNs: Nanoseconds, options: TimerOptions = {}): void {
    checkName(name);
    const interval = toNs('intervalNs', intervalNs);
    if (interval === 0n) throw outOfRange('intervalNs', 'more than zero', intervalNs);
    const now = this.timestampNs();
    const start = options.startNs === undefined ? now : toNs('startNs', options.startNs);
    const stop = options.stopNs === undefined ? undefined : toNs('stopNs', options.stopNs);
    if (start < now) refusePast(options, 'startNs', start, now);
    let first = options.fireImmediately ? start : start + interval;
    if (first < now) first += ((now - first + interval - 1n) / interval) * interval;
    if (stop !== undefined && stop < first) {
      throw outOfRange('stopNs', `the first event's time, ${first}, or later`, stop);
    }
    this.#start(name, first, new Interval(interval, stop), options);
  }

  /**
   * Events by the calendar, to the millisecond: a cron pattern, read by the package croner, or
   * an object that answers `nextRun(from)`.
   *
   * @throws RangeError for a pattern or time zone that is none, or that never comes;
   * ERR_MISSING_PEER; ERR_TIMER_EXISTS; ERR_NO_HANDLER
   */
  setSchedule(name: string, pattern: string | Schedule, options: ScheduleOptions = {}): void {
    checkName(name);
    const calendar = new Calendar(toSchedule(pattern, options.timeZone));
    const first = calendar.after(this.timestampNs());
    if (first === undefined) throw outOfRange('A schedule', 'one that has a next time', pattern);
    this.#start(name, first, calendar, options);
  }

  /**
   * One event, at a time, of a timer that has no name: for those that come by the thousand. Only
   * `cancelAlert` cancels it; names and counts leave it out. A time that has passed fires at once.
   *
   * @throws RangeError, TypeError; ERR_OUT_OF_MEMORY
   */
  alertAt(timeNs: Nanoseconds, handler: TimeEventHandler): Alert {
    const time = toNs('timeNs', timeNs);
    const timer = new Timer('', time, toFunction(handler, this), undefined);
    this.#arm(timer, time);
    this.scheduled(time);
    return timer;
  }

  /** Whether there was something to cancel: it had not fired, nor been cancelled. */
  cancelAlert(alert: Alert): boolean {
    if (!(alert instanceof Timer)) throw invalidType('An alert', 'what `alertAt` answers', alert);
    const { active } = alert;
    if (active) this.#disarm(alert);
    return active;
  }

  /** Cancels a timer: an event of it that is due but was not delivered is dropped. */
  cancelTimer(name: string): boolean {
    const timer = this.#timers.get(checkName(name));
    if (!timer) return false;
    this.#timers.delete(name);
    this.#disarm(timer);
    return true;
  }

  cancelTimers(): void {
    for (const name of this.timerNames) this.cancelTimer(name);
  }

  /** In the order in which they were set. */
  get timerNames(): string[] {
    return [...this.#timers.keys()];
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** When a timer fires next; undefined when there is none of this name. */
  nextTimeNs(name: string): bigint | undefined {
    return this.#timers.get(checkName(name))?.time;
  }

  /** Told of the first time of each timer that is set. */
  protected scheduled(_time: bigint): void {}

  /** The time of the earliest timer in the heap. */
  protected earliest(): bigint | undefined {
    return this.#heap.next();
  }

  /** Takes out all events that are due by `now`, by time and name. */
  protected takeDue(now: bigint): Occurrence[] {
    const due: Occurrence[] = [];
    let previous = -1n;
    let ties = false;
    for (let timer = this.#heap.takeDue(now); timer; timer = this.#heap.takeDue(now)) {
      const { time } = timer;
      due.push({ timer, time });
      // The heap has them by time already, and those of one time in any order.
      ties ||= time === previous;
      previous = time;
      timer.slot = 0;
      const next = timer.recurrence?.after(timer.time);
      if (next !== undefined) this.#arm(timer, next);
    }
    return ties ? due.sort(byTimeAndName) : due;
  }

  /** Takes out the first event that is due by `end`. Those at its time wait for their turns. */
  protected takeFirst(end: bigint): Occurrence | undefined {
    const next = this.#heap.next();
    const time = this.#waiting[0]?.time ?? next;
    if (time === undefined || time > end) return undefined;
    if (time === next)
      this.#waiting = [...this.#waiting, ...this.takeDue(time)].sort(byTimeAndName);
    return this.#waiting.shift();
  }

  /** Delivers an event, unless its timer was cancelled meanwhile. */
  protected fire({ timer, time }: Occurrence, now: bigint): TimeEvent | undefined {
    if (!timer.active) return undefined;
    if (timer.slot === 0) this.#forget(timer);
    const event = new TimeEvent(timer.name, time, now);
    timer.handler(event);
    return event;
  }

  #start(
    name: string,
    time: bigint,
    recurrence: Recurrence | undefined,
    { handler, replace }: AlertOptions,
  ): void {
    const chosen = handler === undefined ? this.#defaultHandler : toFunction(handler, this);
    if (!chosen) {
      throw new EventManagerError(
        'ERR_NO_HANDLER',
        `timer ${JSON.stringify(name)} has no handler, and the clock no default: give one`,
      );
    }
    const previous = this.#timers.get(name);
    if (previous && !replace) {
      throw new EventManagerError(
        'ERR_TIMER_EXISTS',
        `there is a timer ${JSON.stringify(name)}: cancel it, or pass \`replace: true\``,
      );
    }
    const timer = new Timer(name, time, chosen, recurrence);
    this.#arm(timer, time);
    if (previous) this.#disarm(previous);
    this.#timers.set(name, timer);
    this.scheduled(time);
  }

  #arm(timer: Timer, time: bigint): void {
    timer.time = time;
    timer.slot = this.#heap.set(time, timer);
    if (timer.slot === 0) {
      throw new EventManagerError('ERR_OUT_OF_MEMORY', 'no room for one more timer');
    }
  }

  #disarm(timer: Timer): void {
    timer.active = false;
    if (timer.slot !== 0) this.#heap.cancel(timer.slot);
    timer.slot = 0;
  }

  /** After its last event. One that is active is the one of its name. */
  #forget(timer: Timer): void {
    timer.active = false;
    if (timer.name !== '') this.#timers.delete(timer.name);
  }
}
