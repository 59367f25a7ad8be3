import type { Nanoseconds } from './checks.js';
import type { TimeEventHandler } from './handler.js';

export interface AlertOptions {
  /** Called with the event. Default: the clock's default handler. */
  handler?: TimeEventHandler;
  /** Take the place of a timer of this name. Default false: that is an error. */
  replace?: boolean;
  /** Let a time that has passed fire at once. Default true; false makes it an error. */
  allowPast?: boolean;
}

export interface TimerOptions extends AlertOptions {
  /** Where the grid begins. Default: now. */
  startNs?: Nanoseconds;
  /** The last time at which it may fire, itself included. Default: none. */
  stopNs?: Nanoseconds;
  /** Fire at the start too, and not first an interval later. */
  fireImmediately?: boolean;
}

export interface ScheduleOptions extends Omit<AlertOptions, 'allowPast'> {
  /** An IANA name such as 'Europe/Berlin'. Default: the process's. */
  timeZone?: string;
}
