import type { SubscriberId } from './subscriber.js';

/**
 * What happens when a handler throws or its promise is rejected, once the batch is finished:
 * `'throw'` rethrows from `run`, several as one AggregateError; `'report'` hands the error to
 * `onError` and goes on; `'remove'` removes the subscriber, then reports; `'stop'` reports and
 * stops the loop.
 */
export type HandlerErrorPolicy = 'throw' | 'report' | 'remove' | 'stop';

/** The subscriber and the fd that an error was about, as far as they are known. */
export interface ErrorContext {
  /** Of the subscriber, registration or timer, where it has one; the topic or endpoint of a bus. */
  name?: string;
  id?: SubscriberId;
  fd?: number;
}

/** Gets the errors that no caller can catch. */
export type ErrorSink = (error: unknown, context: ErrorContext) => void;
