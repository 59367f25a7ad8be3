import {
  checkCount,
  checkFlag,
  checkHandlerNames,
  type EventManagerError,
  type OptionNames,
} from '../contract/index.js';

/**
 * The functions that a stream calls, each from inside a turn of its event manager. All are
 * optional; one object may serve many streams. The stream does not await them: an `async` handler
 * has to catch its own errors.
 *
 * If a handler throws, its stream is closed, and `onHandlerError` of the event manager decides
 * about the error.
 */
export interface StreamHandlers<S> {
  /** A `connect` has come through. */
  onConnect?(stream: S): void;
  /**
   * Bytes. The buffer is the thread's, and good for this call only: copy what you keep. Passing it
   * to `write`, of this stream or of another, is fine. Without this handler bytes are discarded.
   */
  onData?(bytes: Buffer, stream: S): void;
  /** The peer has ended its side. Unless `allowHalfOpen` is set, our side ends after this. */
  onEnd?(stream: S): void;
  /** Our side has ended: all is sent, and the peer told, shutdown(2). From `end` if that can be. */
  onFinish?(stream: S): void;
  /** After a `write` that answered false: all has gone to the kernel. */
  onDrain?(stream: S): void;
  /**
   * The stream failed (ECONNREFUSED, ECONNRESET, EPIPE, …), and takes no writes; `onClose` follows.
   * Without this handler the error is thrown, and `onHandlerError` decides about it.
   */
  onError?(error: EventManagerError, stream: S): void;
  /** The last call, once, whatever ended it. From `close` it comes before that returns. */
  onClose?(stream: S): void;
}

export interface StreamOptions {
  /** EDGE_TRIGGERED: fewer system calls where much is written, one more for each read. */
  edgeTriggered?: boolean;
  /** Bytes waiting to be sent from which `write` answers false. Default 65 536. */
  highWaterMark?: number;
  /** Leave our side open when the peer has ended. Default false. */
  allowHalfOpen?: boolean;
  /** The most bytes read in one turn, before the others get theirs. Default 262 144. */
  readBudget?: number;
}

const HIGH_WATER_MARK_BYTES = 65_536;
/** Bytes that one socket may read before the others get their turn. */
export const READ_BUDGET_BYTES = 262_144;

/** The options of one stream, checked, with their defaults. */
export interface StreamSettings extends Required<StreamOptions> {}

export const STREAM_OPTIONS: OptionNames<StreamOptions> = {
  edgeTriggered: true,
  highWaterMark: true,
  allowHalfOpen: true,
  readBudget: true,
};
const STREAM_HANDLERS: OptionNames<StreamHandlers<unknown>> = {
  onConnect: true,
  onData: true,
  onEnd: true,
  onFinish: true,
  onDrain: true,
  onError: true,
  onClose: true,
};

/** A copy: the user's may change while a listener hands them on. */
export function settingsOf(options: StreamOptions): StreamSettings {
  const most = Number.MAX_SAFE_INTEGER;
  const highWaterMark = options.highWaterMark ?? HIGH_WATER_MARK_BYTES;
  const readBudget = options.readBudget ?? READ_BUDGET_BYTES;
  return {
    edgeTriggered: checkFlag('edgeTriggered', options.edgeTriggered),
    highWaterMark: checkCount('highWaterMark', highWaterMark, 1, most),
    allowHalfOpen: checkFlag('allowHalfOpen', options.allowHalfOpen),
    readBudget: checkCount('readBudget', readBudget, 1, most),
  };
}

/** Handlers are an object, if an empty one. */
export function checkHandlers<H extends object>(handlers: H): H {
  return checkHandlerNames('a stream', handlers, STREAM_HANDLERS);
}
