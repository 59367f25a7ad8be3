import { describeErrno, EMFILE, ENFILE } from '../sys/index.js';
import { isForeign } from './foreign.js';

/** The cases of `wasi:sockets/network.error-code`, by their names in the WIT. */
export type SocketErrorCode =
  | 'unknown'
  | 'access-denied'
  | 'not-supported'
  | 'invalid-argument'
  | 'out-of-memory'
  | 'timeout'
  | 'concurrency-conflict'
  | 'not-in-progress'
  | 'would-block'
  | 'invalid-state'
  | 'new-socket-limit'
  | 'address-not-bindable'
  | 'address-in-use'
  | 'remote-unreachable'
  | 'connection-refused'
  | 'connection-reset'
  | 'connection-aborted'
  | 'datagram-too-large'
  | 'name-unresolvable'
  | 'temporary-resolver-failure'
  | 'permanent-resolver-failure';

/** What the generated code takes for the `err` of a result: an exception with a payload. */
class Refusal extends Error {
  readonly payload: unknown;

  constructor(payload: unknown, what: string) {
    super(what);
    this.payload = payload;
  }
}

/** Ends a call of `wasi:sockets` with an error. */
export function refuse(code: SocketErrorCode): never {
  throw new Refusal(code, code);
}

/** `wasi:io/error.error`: what a stream's last operation failed with. */
export class IoError {
  readonly #status: number;

  constructor(status: number) {
    this.#status = status;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return IoError.#isOwn(value) || isForeign('Error', value);
  }

  static #isOwn(value: unknown): value is IoError {
    return typeof value === 'object' && value !== null && #status in value;
  }

  /** `wasi:sockets/network.network-error-code`: undefined for the error of a file. */
  static socketCode(value: unknown): SocketErrorCode | undefined {
    return IoError.#isOwn(value) ? codeOf(value.#status) : undefined;
  }

  toDebugString(): string {
    const { name, text } = describeErrno(-this.#status);
    return `${name}: ${text}`;
  }
}

/** A stream that is over. */
export function refuseClosed(): never {
  throw new Refusal({ tag: 'closed' }, 'the stream is closed');
}

/** A stream whose last operation has failed. */
export function refuseFailed(status: number): never {
  const error = new IoError(status);
  throw new Refusal({ tag: 'last-operation-failed', val: error }, error.toDebugString());
}

const CODES: Partial<Record<string, SocketErrorCode>> = {
  EACCES: 'access-denied',
  EPERM: 'access-denied',
  EOPNOTSUPP: 'not-supported',
  EPROTONOSUPPORT: 'not-supported',
  EAFNOSUPPORT: 'invalid-argument',
  EINVAL: 'invalid-argument',
  ENOMEM: 'out-of-memory',
  ENOBUFS: 'out-of-memory',
  ETIMEDOUT: 'timeout',
  EALREADY: 'concurrency-conflict',
  EAGAIN: 'would-block',
  EINPROGRESS: 'would-block',
  EISCONN: 'invalid-state',
  ENOTCONN: 'invalid-state',
  EADDRNOTAVAIL: 'address-not-bindable',
  EADDRINUSE: 'address-in-use',
  EHOSTUNREACH: 'remote-unreachable',
  EHOSTDOWN: 'remote-unreachable',
  ENETUNREACH: 'remote-unreachable',
  ENETDOWN: 'remote-unreachable',
  ENONET: 'remote-unreachable',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  ECONNABORTED: 'connection-aborted',
  EMSGSIZE: 'datagram-too-large',
};

function codeOf(status: number): SocketErrorCode {
  if (status === -EMFILE || status === -ENFILE) return 'new-socket-limit';
  return CODES[describeErrno(-status).name] ?? 'unknown';
}

/** The status of a system call, where it is no failure. */
export function checked(status: number): number {
  return status < 0 ? refuse(codeOf(status)) : status;
}
