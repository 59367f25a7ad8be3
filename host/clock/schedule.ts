import { createRequire } from 'node:module';
import { EventManagerError, invalidType } from '../contract/index.js';
import type { Recurrence } from './timer.js';

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** A calendar: when something happens next, as a `Cron` of the package croner says it. */
export interface Schedule {
  /** The first time after `from`; null when there is none. */
  nextRun(from?: Date): Date | null;
}

type Croner = { Cron: new (pattern: string, options: object) => Schedule };

/** A schedule as a timer's recurrence, to the millisecond. */
export class Calendar implements Recurrence {
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  after(time: bigint): bigint | undefined {
    const from = new Date(Number(time / NANOSECONDS_PER_MILLISECOND));
    const next = this.#schedule.nextRun(from);
    return next === null ? undefined : BigInt(next.getTime()) * NANOSECONDS_PER_MILLISECOND;
  }
}

/** A cron pattern in a time zone, or a schedule as it is. */
export function toSchedule(pattern: string | Schedule, timeZone: string | undefined): Schedule {
  if (typeof pattern !== 'string') {
    if (typeof pattern?.nextRun === 'function') return pattern;
    throw invalidType('A schedule', 'a cron pattern or an object with `nextRun`', pattern);
  }
  const options = { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) };
  const { Cron } = loadCroner();
  try {
    const schedule = new Cron(pattern, options);
    // An unknown time zone shows only when it is used.
    schedule.nextRun();
    return schedule;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw Object.assign(new RangeError(`${JSON.stringify(pattern)}: ${reason}`), {
      code: 'ERR_OUT_OF_RANGE',
    });
  }
}

function loadCroner(): Croner {
  try {
    return createRequire(import.meta.url)('croner') as Croner;
  } catch (cause) {
    throw new EventManagerError(
      'ERR_MISSING_PEER',
      'cron patterns are read by the package croner: `npm install croner`, or pass an object ' +
        'with `nextRun`',
      { cause },
    );
  }
}
