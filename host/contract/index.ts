export {
  checkCapacity,
  checkCount,
  checkData,
  checkDelay,
  checkEventSet,
  checkInterest,
  checkSignal,
  checkTimeout,
  isThenable,
  MAX_READY_EVENTS,
} from './checks.js';
export { BEFORE_CLOSE, beforeClose, Watchers } from './closing.js';
export { Drained } from './drained.js';
export {
  closedError,
  type ErrorCode,
  EventManagerError,
  invalidType,
  isGone,
  outOfRange,
  reentrantError,
  statusError,
  systemError,
} from './errors.js';
export { EventSet } from './event-set.js';
export { checkEvents, DeliveredEvents, Events } from './events.js';
export { FailureRun } from './failure-run.js';
export { type FdSource, fdOf } from './fd-source.js';
export type { ErrorContext, ErrorSink, HandlerErrorPolicy } from './handler-errors.js';
export { INT32_MAX, UINT32_MAX } from './numbers.js';
export { checkFlag, checkHandlerNames, checkOptions, type OptionNames } from './options.js';
export { formatAddress, type Place } from './place.js';
export { type Part, printed, shown } from './print.js';
export { assertStackRoom } from './stack-room.js';
export type {
  EventOps,
  EventSource,
  EventSubscriber,
  SubscriberId,
  SubscriberOps,
} from './subscriber.js';
export { TimeEvent } from './time-event.js';
