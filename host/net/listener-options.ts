import { type EventManagerError, invalidType, type OptionNames } from '../contract/index.js';
import type { StreamHandlers } from './stream-handlers.js';

/**
 * Called with each new connection. If it returns handlers, the stream is read at once; if it
 * returns nothing, the stream waits unread until its `handle` is called. If it throws, the
 * connection is closed.
 */
export type Acceptor<S> = (stream: S) => StreamHandlers<S> | undefined;

export interface ListenerOptions {
  /** EDGE_TRIGGERED, for the listening socket and its streams. */
  edgeTriggered?: boolean;
  /**
   * Called when connections can't be accepted because fds (EMFILE, ENFILE) or memory have run out:
   * once, until accepting works again. Default: a warning of the process.
   */
  onError?: (error: EventManagerError) => void;
}

export const LISTENER_OPTIONS: OptionNames<ListenerOptions> = {
  edgeTriggered: true,
  onError: true,
};

/** What is called for each connection is a function, and so is what is called for failures. */
export function checkAcceptor<A>(
  acceptor: A | undefined,
  { onError }: ListenerOptions,
): A | undefined {
  if (onError !== undefined && typeof onError !== 'function') {
    throw invalidType('onError', 'a function', onError);
  }
  if (acceptor === undefined || typeof acceptor === 'function') return acceptor;
  throw invalidType('The acceptor', 'a function', acceptor);
}
