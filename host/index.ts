export type {
  Attachment,
  AttachOptions,
  ReadinessOptions,
  WatchOptions,
} from './attached/index.js';
export {
  type ErrorCode,
  type ErrorContext,
  type ErrorSink,
  EventManagerError,
  type EventOps,
  EventSet,
  type EventSource,
  type EventSubscriber,
  Events,
  type FdSource,
  type HandlerErrorPolicy,
  MAX_READY_EVENTS,
  type SubscriberId,
  type SubscriberOps,
} from './contract/index.js';
export {
  type EndReason,
  type HandlerContext,
  Interest,
  type InterestHandler,
  type InterestSource,
  type InterestWithFd,
  type InterestWithHandler,
  interest,
  type Registration,
} from './interest/index.js';
export {
  EventManager,
  type EventManagerOptions,
  type Metrics,
  type SubscriberMetrics,
} from './manager/index.js';
export {
  AdoptedFd,
  EventFd,
  type EventFdOptions,
  type ExitStatus,
  Inotify,
  type InotifyEvent,
  InotifyMask,
  PidFd,
  type PipeOptions,
  PipeReader,
  PipeWriter,
  pipe,
  SignalFd,
  type SignalInfo,
  SignalRelay,
  TimerFd,
  type TimerFdSetting,
} from './sources/index.js';
export type {
  EpollEntry,
  LinearMemory,
  PollHandle,
  Syscalls,
  SystemErrorCode,
} from './sys/index.js';
export type { Budget } from './turn/index.js';
