import { EventManagerError, invalidType } from '../contract/index.js';
import { requirePackage } from '../sys/index.js';
import { TIME_MAX } from './checks.js';
import type { Recurrence, Tick } from './recurrence.js';

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
/** So many times of a calendar are counted in one turn, for a timer that lags behind. */
const STEPS_MAX = 1_000;

/** A calendar: when something happens next, as a `Cron` of the package croner says it. */
export interface Schedule {
  /** The first time after `from`, later than it; null when there is none. */
  nextRun(from?: Date): Date | null;
}

type Croner = { Cron: new (pattern: string, options: object) => Schedule };

/** A schedule as a timer's recurrence, to the millisecond. */
export class Calendar implements Recurrence {
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** @throws ERR_INVALID_SCHEDULE */
  after(time: bigint): bigint | undefined {
    const from = Number(time / NANOSECONDS_PER_MILLISECOND);
    const date = this.#ask(from);
    if (date === null || date === undefined) return undefined;
    // Of another realm it would not be an instance.
    const next = typeof date.getTime === 'function' ? date.getTime() : Number.NaN;
    if (!Number.isInteger(next)) throw invalid('no valid Date, and not null');
    if (next <= from)
      throw invalid(`${next} ms, which isn't later than the ${from} ms it was given`);
    const nanoseconds = BigInt(next) * NANOSECONDS_PER_MILLISECOND;
    return nanoseconds > TIME_MAX ? undefined : nanoseconds;
  }

  latest(time: bigint, now: bigint): Tick {
    let last = time;
    let next = this.after(last);
    let count = 1;
    while (next !== undefined && next <= now && count < STEPS_MAX) {
      last = next;
      next = this.after(last);
      count += 1;
    }
    return { time: last, count, next };
  }

  #ask(from: number): Date | null | undefined {
    try {
      return this.#schedule.nextRun(new Date(from));
    } catch (cause) {
      throw invalid('nothing, but threw', cause);
    }
  }
}

function invalid(answer: string, cause?: unknown): EventManagerError {
  return new EventManagerError(
    'ERR_INVALID_SCHEDULE',
    `a schedule's \`nextRun\` answered ${answer}: it must answer a Date later than the one it is ` +
      'given, or null when there is none. Its timer has ended',
    { cause },
  );
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
    return requirePackage('croner') as Croner;
  } catch (cause) {
    throw new EventManagerError(
      'ERR_MISSING_PEER',
      'cron patterns are read by the package croner: `npm install croner`, or pass an object ' +
        'with `nextRun`',
      { cause },
    );
  }
}
