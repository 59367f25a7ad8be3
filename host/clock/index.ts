export { TimeEvent } from '../contract/index.js';
export type { Nanoseconds } from './checks.js';
export {
  type AlertOptions,
  Clock,
  type ScheduleOptions,
  type TimeEventHandler,
  type TimerOptions,
} from './clock.js';
export { LiveClock } from './live-clock.js';
export type { MissedPolicy } from './recurrence.js';
export type { Schedule } from './schedule.js';
export { TestClock, type TestClockOptions } from './test-clock.js';
export type { Alert } from './timer.js';
