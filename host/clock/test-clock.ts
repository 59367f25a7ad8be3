import { checkCount, EventManagerError, outOfRange, type TimeEvent } from '../contract/index.js';
import { type Nanoseconds, toNs } from './checks.js';
import { Clock } from './clock.js';

const EVENTS_MAX = 1_000_000;

export interface TestClockOptions {
  /** Where time begins, in nanoseconds since 1970. Default 0. */
  startNs?: Nanoseconds;
  /** So many events in one advance are an error. Default a million. */
  eventsMax?: number;
}

/**
 * A clock that stands still until it is told to go on: for tests and back-tests. It needs neither
 * a manager nor the kernel.
 *
 * @example
 * const clock = new TestClock();
 * clock.setTimer('tick', 10n, { handler: (event) => console.log(event.tsEvent) });
 * clock.advanceTime(30n); // 10n, 20n, 30n
 */
export class TestClock extends Clock {
  readonly #eventsMax: number;
  #now: bigint;
  #advancing = false;

  constructor(options: TestClockOptions = {}) {
    super();
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
   * on from there.
   *
   * @returns the events fired, in order
   * @throws RangeError for a time that has passed; ERR_REENTRANT from inside a handler;
   * ERR_TOO_MANY_EVENTS
   */
  advanceTime(toTimeNs: Nanoseconds): TimeEvent[] {
    const end = toNs('toTimeNs', toTimeNs);
    if (end < this.#now) throw outOfRange('toTimeNs', `${this.#now}, the time now, or later`, end);
    if (this.#advancing) {
      throw new EventManagerError('ERR_REENTRANT', 'a handler can set timers, not advance time');
    }
    this.#advancing = true;
    const events: TimeEvent[] = [];
    try {
      for (let next = this.takeFirst(end); next; next = this.takeFirst(end)) {
        this.#now = next.time;
        const event = this.fire(next, this.#now);
        if (event && events.push(event) === this.#eventsMax) throw this.#tooMany(end);
      }
      this.#now = end;
    } finally {
      this.#advancing = false;
    }
    return events;
  }

  #tooMany(end: bigint): EventManagerError {
    return new EventManagerError(
      'ERR_TOO_MANY_EVENTS',
      `${this.#eventsMax} events fired on the way to ${end}, at ${this.#now}: is a timer's ` +
        'interval too short, or does a handler set itself anew? Else raise `eventsMax`',
    );
  }
}
