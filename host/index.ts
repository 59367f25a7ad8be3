export type { Attachment, AttachOptions } from './attachment.js';
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
export type { Metrics, SubscriberMetrics } from './metrics.js';
export type { Budget, EventManagerOptions } from './options.js';
export type { ReadinessOptions, WatchOptions } from './readiness.js';
export type { Registration } from './registration.js';
export { AdoptedFd } from './sources/adopted-fd.js';
export { EventFd, type EventFdOptions } from './sources/event-fd.js';
export { Inotify, type InotifyEvent } from './sources/inotify.js';
export { InotifyMask } from './sources/inotify-mask.js';
export { type ExitStatus, PidFd } from './sources/pid-fd.js';
export { PipeReader, PipeWriter, pipe } from './sources/pipe.js';
export { SignalFd, type SignalInfo } from './sources/signal-fd.js';
export { SignalRelay } from './sources/signal-relay.js';
export { TimerFd, type TimerFdSetting } from './sources/timer-fd.js';
export type {
  EventOps,
  EventSource,
  EventSubscriber,
  SubscriberId,
  SubscriberOps,
} from './subscriber.js';
export type { LinearMemory, PollHandle, Syscalls } from './sys/syscalls.js';
