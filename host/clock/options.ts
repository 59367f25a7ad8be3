import type { OptionNames } from '../contract/index.js';
import type { Nanoseconds } from './checks.js';
import type { MissedPolicy } from './recurrence.js';

export interface AlertOptionsOf<H> {
  /** Called with the event. Default: the clock's default handler. */
  handler?: H;
  /** Take the place of a timer of this name. Default false: that is an error. */
  replace?: boolean;
  /** Let a time that has passed fire at once. Default true; false makes it an error. */
  allowPast?: boolean;
}

export interface TimerOptionsOf<H> extends AlertOptionsOf<H> {
  /** Where the grid begins. Default: now. */
  startNs?: Nanoseconds;
  /** The last time at which it may fire, itself included. Default: none. */
  stopNs?: Nanoseconds;
  /** Fire at the start too, and not first an interval later. */
  fireImmediately?: boolean;
  /** What comes of events whose times have passed together. Default `'all'`. */
  missed?: MissedPolicy;
}

export interface ScheduleOptionsOf<H> extends Omit<AlertOptionsOf<H>, 'allowPast'> {
  /** An IANA name such as 'Europe/Berlin'. Default: the process's. */
  timeZone?: string;
  /** As a timer's. The default is `'all'`. */
  missed?: MissedPolicy;
}

export const ALERT_OPTIONS: OptionNames<AlertOptionsOf<never>> = {
  handler: true,
  replace: true,
  allowPast: true,
};
export const TIMER_OPTIONS: OptionNames<TimerOptionsOf<never>> = {
  ...ALERT_OPTIONS,
  startNs: true,
  stopNs: true,
  fireImmediately: true,
  missed: true,
};
export const SCHEDULE_OPTIONS: OptionNames<ScheduleOptionsOf<never>> = {
  handler: true,
  replace: true,
  timeZone: true,
  missed: true,
};
