import {
  STATUS_ALREADY_REGISTERED,
  STATUS_ERRNO_MAX,
  STATUS_INVALID_ID,
  STATUS_NOT_OWNER,
  STATUS_NOT_REGISTERED,
  STATUS_OUT_OF_MEMORY,
} from '../../assembly/abi.js';
import { describeErrno, ELOOP, EPERM, refuseBy, type SystemErrorCode } from '../sys/index.js';
import { adviceOn } from './advice.js';
import type { ERROR_CODES } from './error-codes.js';
import { formatPlace, type Place } from './place.js';

/**
 * The codes of this library's errors, as in Node: 'ERR_…', and of a failed system call the errno's
 * name. Both lists are closed, so that a `switch` over them can be checked. `docs/errors.md` says
 * of each of the library's own what it means and what to do.
 */
export type ErrorCode = keyof typeof ERROR_CODES | SystemErrorCode;

/** The system call that failed, as far as it is known. */
export interface SystemCallDetails extends Place {
  errno?: number;
  syscall?: string;
  fd?: number;
  cause?: unknown;
}

/**
 * Every error of the library, except those for an argument of the wrong type or range, which
 * are `TypeError` and `RangeError` with a `code`, as in Node. All codes are in `docs/errors.md`.
 *
 * A failed system call has what Node's own errors have: the errno's name as `code`, and `errno`,
 * `syscall`, `fd`, `address`, `port` and `path` as they apply. The library's own answers have codes
 * that begin with ERR_.
 *
 * @example
 * try {
 *   ops.add(new Events(fd, EventSet.IN));
 * } catch (error) {
 *   if (error instanceof EventManagerError && error.code === 'ERR_NOT_POLLABLE') readItAll(fd);
 *   else throw error;
 * }
 */
export class EventManagerError extends Error {
  override readonly name = 'EventManagerError';
  /** 'ERR_CLOSED', for one; of a failed system call 'EADDRINUSE', for one. */
  readonly code: ErrorCode;
  /** The kernel's error number, negative as in Node: -1 for EPERM. */
  readonly errno?: number;
  /** The system call that failed, such as 'epoll_ctl'. */
  readonly syscall?: string;
  /** The file descriptor that the call was about. */
  readonly fd?: number;
  /** The numeric address of a `bind`, `connect` or `sendto`; of a Unix socket the path. */
  readonly address?: string;
  /** The port that goes with it. */
  readonly port?: number;
  /** The file of an `open`, of a watch, or of a Unix socket. */
  readonly path?: string;

  constructor(code: ErrorCode, message: string, details: SystemCallDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.errno !== undefined) this.errno = details.errno;
    if (details.syscall !== undefined) this.syscall = details.syscall;
    if (details.fd !== undefined) this.fd = details.fd;
    if (details.address !== undefined) this.address = details.address;
    if (details.port !== undefined) this.port = details.port;
    if (details.path !== undefined) this.path = details.path;
  }
}

refuseBy((reason) => new EventManagerError('ERR_UNSUPPORTED_PLATFORM', reason));

/** An argument of the wrong type: a TypeError with Node's code. */
export function invalidType(name: string, expected: string, actual: unknown): TypeError {
  const message = `${name} must be ${expected}, not ${show(actual)}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** An argument out of range: a RangeError with Node's code. */
export function outOfRange(name: string, range: string, actual: unknown, hint = ''): RangeError {
  const message = `${name} must be ${range}, not ${show(actual)}${hint}`;
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}

/** A system call's failure, from its negated errno. */
export function systemError(
  status: number,
  syscall: string,
  fd?: number,
  place: Place = {},
): EventManagerError {
  const details = { ...place, errno: status, syscall, ...(fd === undefined ? {} : { fd }) };
  const { name, text } = describeErrno(-status);
  if (syscall === 'epoll_ctl' && status === -EPERM) {
    return new EventManagerError(
      'ERR_NOT_POLLABLE',
      `fd ${fd} is a regular file, a directory or a device such as /dev/null, which are always ` +
        'ready, so that epoll refuses them (EPERM). Read it directly, or watch a file for ' +
        'changes with inotify',
      details,
    );
  }
  if (syscall === 'epoll_ctl' && status === -ELOOP) {
    return new EventManagerError(
      'ERR_NESTING_TOO_DEEP',
      `fd ${fd} is an epoll instance that watches this one, or lies too deep: the kernel ` +
        'allows 5 instances inside one another (ELOOP)',
      details,
    );
  }
  const about = `${formatPlace(syscall, place)}${fd === undefined ? '' : ` on fd ${fd}`}`;
  const message = `${syscall}${about} failed: ${text} (${name})${adviceOn(name, syscall)}`;
  return new EventManagerError(name, message, details);
}

/** The error that a status of the tables stands for. */
export function statusError(status: number, fd: number): EventManagerError {
  if (status >= -STATUS_ERRNO_MAX) return systemError(status, 'epoll_ctl', fd);
  const [code, message] = TABLE_ERRORS[status]!;
  return new EventManagerError(code, message.replace('%', String(fd)), { fd });
}

/** Whether an error says that a fd is no longer registered: removed, closed, or someone else's. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof EventManagerError)) return false;
  const { code } = error;
  const closed = code === 'ENOENT' || code === 'EBADF';
  return closed || code === 'ERR_NOT_REGISTERED' || code === 'ERR_NOT_OWNER';
}

/** What every call on a closed manager throws. */
export function closedError(): EventManagerError {
  return new EventManagerError('ERR_CLOSED', 'this event manager was closed');
}

/** What running a manager from inside its own turn throws. */
export function reentrantError(): EventManagerError {
  return new EventManagerError(
    'ERR_REENTRANT',
    'this event manager is in the middle of a turn: a handler can `inject` or `stop`, ' +
      'but not run it again',
  );
}

const TABLE_ERRORS: Record<number, [ErrorCode, string]> = {
  [STATUS_ALREADY_REGISTERED]: [
    'ERR_FD_ALREADY_REGISTERED',
    'fd % is registered already, and a fd has one registration only: modify that one, ' +
      'have everyone `share` it, or add a dup of the fd',
  ],
  [STATUS_NOT_REGISTERED]: ['ERR_NOT_REGISTERED', 'fd % is not registered: add it first'],
  [STATUS_NOT_OWNER]: [
    'ERR_NOT_OWNER',
    'fd % was registered by another subscriber, and only that one may change it',
  ],
  [STATUS_INVALID_ID]: [
    'ERR_INVALID_ID',
    'there is no subscriber of this id: it was removed, or belongs to another manager',
  ],
  [STATUS_OUT_OF_MEMORY]: [
    'ERR_OUT_OF_MEMORY',
    'no room for fd % in the tables: raise `memoryMax`, or remove what is not needed',
  ],
};

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'bigint' ? `${value}n` : String(value);
}
