import { getSystemErrorMap } from 'node:util';
import { ERRNO_NAMES, type SystemErrorCode } from './errno-names.js';

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const EPIPE = 32;
export const EDEADLK = 35;
export const ENOSYS = 38;
export const ELOOP = 40;
export const EAFNOSUPPORT = 97;
export const EADDRNOTAVAIL = 99;
export const ENOBUFS = 105;
export const ENOTCONN = 107;
export const ECONNREFUSED = 111;
export const EINPROGRESS = 115;

/** An errno by its name and in words: 'EPERM' and 'operation not permitted' for 1. */
export function describeErrno(errno: number): { name: SystemErrorCode; text: string } {
  const known = getSystemErrorMap().get(-errno);
  const name = ERRNO_NAMES[errno - 1];
  if (name === undefined || name === '-') return { name: 'UNKNOWN', text: `error ${errno}` };
  return { name, text: known?.[1] ?? `error ${errno}` };
}
