export {
  checkCapacity,
  checkCount,
  checkData,
  checkDelay,
  checkEventSet,
  checkInterest,
  checkSignal,
  checkTimeout,
  fdOf,
  MAX_READY_EVENTS,
} from './checks.js';
export {
  closedError,
  type ErrorCode,
  EventManagerError,
  invalidType,
  isGone,
  outOfRange,
  statusError,
  systemError,
} from './errors.js';
export { EventSet } from './event-set.js';
export { Events, type FdSource } from './events.js';
export type {
  EventOps,
  EventSource,
  EventSubscriber,
  SubscriberId,
  SubscriberOps,
} from './subscriber.js';
export { isThenable } from './thenable.js';
export { TimeEvent } from './time-event.js';
