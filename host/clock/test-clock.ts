import {
  assertStackRoom,
  checkCount,
  checkOptions,
  EventManagerError,
  outOfRange,
  type TimeEvent,
} from '../contract/index.js';
import type { WasmModule } from '../wasm/index.js';
import { type Nanoseconds, toNs } from './checks.js';
import { Clock } from './clock.js';
import { takeEvent } from './firing.js';
import { Timeout, type Timer } from './timer.js';
import { TimerQueue } from './timer-queue.js';

const EVENTS_MAX = 1_000_000;

export interface TestClockOptions {
  /** Where time begins, in nanoseconds since 1970. Default 0. */
  startNs?: Nanoseconds;
  /** So many events in one advance are an error. Default a million. */
  eventsMax?: number;
  /** The core module. Default: the one that the package ships, `wasm-event-manager/core.wasm`. */
  module?: WasmModule;
}

/**
 * A clock that stands still until `advanceTime`: for tests and back-tests. It needs neither an
 * event manager nor the kernel.
 *
 * It misses no event, so that `missed` changes nothing. A handler's promise isn't waited for: none
 * settles before `advanceTime` returns, and a rejection that nobody handles is Node's to report.
 *
 * @example
 * const clock = new TestClock();
 * clock.setTimer('tick', 10n, { handler: (event) => console.log(event.tsEvent) });
 * clock.advanceTime(30n); // 10n, 20n, 30n
 */
export class TestClock extends Clock {
  readonly #queue: TimerQueue;
  readonly #eventsMax: number;
  #now: bigint;
  #advancing = false;

  constructor(options: TestClockOptions = {}) {
    checkOptions('a TestClock', options, { startNs: true, eventsMax: true, module: true });
    const queue = new TimerQueue(options.module);
    super(queue, 0n);
    this.#queue = queue;
    this.#now = toNs('startNs', options.startNs ?? 0n);
    const most = Number.MAX_SAFE_INTEGER;
    this.#eventsMax = checkCount('eventsMax', options.eventsMax ?? EVENTS_MAX, 1, most);
  }

  timestampNs(): bigint {
    return this.#now;
  }

  /**
   * Lets time go by, event by event: before each handler the clock stands at the time of its
   * event, so that timers which handlers set inside the window fire in this same advance.
   *
   * A handler that throws ends the advance, with the clock at its event; the next advance goes
   * on from there. So does a schedule that fails, after its last event.
   *
   * @returns the events fired, in order
   * @throws RangeError for a time that has passed; ERR_REENTRANT from inside a handler;
   * ERR_TOO_MANY_EVENTS; ERR_INVALID_SCHEDULE
   */
  advanceTime(toTimeNs: Nanoseconds): TimeEvent[] {
    const events: TimeEvent[] = [];
    this.#advanceBy(toTimeNs, (event) => void events.push(event));
    return events;
  }

  /**
   * As `advanceTime`, for a long way: keeps none of the events, and answers how many have fired.
   * `eventsMax` bounds it too.
   */
  advanceTo(toTimeNs: Nanoseconds): number {
    let count = 0;
    this.#advanceBy(toTimeNs, () => {
      count += 1;
    });
    return count;
  }

  #advanceBy(toTimeNs: Nanoseconds, note: (event: TimeEvent) => void): void {
    const end = toNs('toTimeNs', toTimeNs);
    if (end < this.#now) throw outOfRange('toTimeNs', `${this.#now}, the time now, or later`, end);
    if (this.#advancing) {
      throw new EventManagerError('ERR_REENTRANT', 'a handler can set timers, not advance time');
    }
    assertStackRoom();
    this.#advancing = true;
    try {
      this.#advance(end, note);
    } finally {
      this.#advancing = false;
    }
  }

  #advance(end: bigint, note: (event: TimeEvent) => void): void {
    let left = this.#eventsMax;
    for (let timer = this.#firstBy(end); timer; timer = this.#firstBy(end)) {
      // One that was set for a time past takes the clock nowhere.
      if (timer.time > this.#now) this.#now = timer.time;
      const event = this.#fire(timer);
      if (!(timer instanceof Timeout)) note(event);
      left -= 1;
      if (left === 0) throw this.#tooMany(end);
    }
    this.#now = end;
  }

  #firstBy(end: bigint): Timer | undefined {
    const first = this.#queue.first();
    return first && first.time <= end ? first : undefined;
  }

  #fire(timer: Timer): TimeEvent {
    let failure: { error: unknown } | undefined;
    const event = takeEvent(this.#queue, timer, this.#now, (error) => {
      failure = { error };
    });
    try {
      timer.handler(event);
    } catch (error) {
      if (!failure) throw error;
      throw new AggregateError([failure.error, error], 'a schedule failed, and then its handler');
    }
    if (failure) throw failure.error;
    return event;
  }

  #tooMany(end: bigint): EventManagerError {
    return new EventManagerError(
      'ERR_TOO_MANY_EVENTS',
      `${this.#eventsMax} events fired on the way to ${end}, at ${this.#now}: is a timer's ` +
        'interval too short, or does a handler set itself anew? Else raise `eventsMax`',
    );
  }
}
