import { printed } from '../contract/index.js';

/** Of timers that are shown. */
const NAMES_MAX = 20;

/** What there is to show of a clock. */
interface Shown {
  readonly timerNames: readonly string[];
  readonly timerCount: number;
  timestampNs(): bigint;
  nextTimeNs(name: string): bigint | undefined;
}

/** What `console.log` shows of a clock: the time, and the timers that have names. */
export function printClock(clock: Shown, closed: boolean): string {
  const names = clock.timerNames.slice(0, NAMES_MAX);
  const timers = names.map((name) => `${JSON.stringify(name)} at ${clock.nextTimeNs(name)}`);
  const more = clock.timerCount - names.length;
  const all = `timers: [${timers.join(', ')}${more > 0 ? `, and ${more} more` : ''}]`;
  return printed(clock.constructor.name, closed && 'closed', `now: ${clock.timestampNs()}`, all);
}
