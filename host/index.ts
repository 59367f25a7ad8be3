export { MAX_READY_EVENTS } from './checks.js';
export { type ErrorCode, EventManagerError } from './errors.js';
export { EventManager } from './event-manager.js';
export { EventSet } from './event-set.js';
export { Events, type FdSource } from './events.js';
export type { ErrorContext, ErrorSink, HandlerErrorPolicy } from './faults.js';
export {
  type HandlerContext,
  Interest,
  type InterestHandler,
  type InterestSource,
  type InterestWithFd,
  type InterestWithHandler,
  interest,
} from './interest.js';
export type { Budget } from './loop.js';
export type { Metrics, SubscriberMetrics } from './metrics.js';
export type { EventManagerOptions } from './options.js';
export type { Registration } from './registration.js';
export { EventFd, type EventFdOptions } from './sources/event-fd.js';
export { PipeReader, PipeWriter, pipe } from './sources/pipe.js';
export { TimerFd, type TimerFdSetting } from './sources/timer-fd.js';
export type {
  EventOps,
  EventSource,
  EventSubscriber,
  SubscriberId,
  SubscriberOps,
} from './subscriber.js';
export type { LinearMemory, Syscalls } from './sys/syscalls.js';
