import {
  type EventOps,
  EventSet,
  type EventSubscriber,
  Events,
  type FdSource,
} from '../contract/index.js';
import { MockEventOps } from './mock-event-ops.js';

/** What came of a dispatch. */
export interface DispatchResult<O extends EventOps> {
  /** What `process` returned: a promise, from an async handler. */
  readonly result: unknown;
  /** The handle it was called with. */
  readonly ops: O;
}

/**
 * Calls a subscriber's `process` as the manager would, without one. What it throws is thrown.
 *
 * @param event what happened: a ready-made `Events`, or a fd and, as a rule, its set and data
 * @param ops the handle that it gets; by default a new `MockEventOps` on which the fd is
 * registered with that set
 * @example
 * const { ops } = dispatchTo(subscriber, { fd: 7, set: EventSet.HANG_UP });
 * assert.equal(ops.registeredFds, []); // it has removed itself
 */
export function dispatchTo(
  subscriber: EventSubscriber,
  event: Events | { fd: FdSource; set?: EventSet; data?: number },
): DispatchResult<MockEventOps>;
export function dispatchTo<O extends EventOps>(
  subscriber: EventSubscriber,
  event: Events | { fd: FdSource; set?: EventSet; data?: number },
  ops: O,
): DispatchResult<O>;
export function dispatchTo(
  subscriber: EventSubscriber,
  event: Events | { fd: FdSource; set?: EventSet; data?: number },
  ops: EventOps = new MockEventOps(),
): DispatchResult<EventOps> {
  const events =
    event instanceof Events ? event : new Events(event.fd, event.set ?? EventSet.IN, event.data);
  if (ops instanceof MockEventOps && ops.interest(events.fd) === undefined) {
    ops.add(events);
    ops.calls.length = 0;
  }
  return { result: subscriber.process(events, ops), ops };
}
