export { TimeEvent } from '../contract/index.js';
export type { Nanoseconds } from './checks.js';
export { Clock } from './clock.js';
export type { TimeEventHandler } from './handler.js';
export { LiveClock } from './live-clock.js';
export type { AlertOptions, ScheduleOptions, TimerOptions } from './options.js';
export type { Schedule } from './schedule.js';
export { TestClock, type TestClockOptions } from './test-clock.js';
export type { Alert } from './timer.js';
