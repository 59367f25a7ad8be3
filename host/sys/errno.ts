import { getSystemErrorMap } from 'node:util';

export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EBADF = 9;
export const EAGAIN = 11;
export const EEXIST = 17;
export const EINVAL = 22;
export const EMFILE = 24;
export const EPIPE = 32;
export const EDEADLK = 35;
export const ELOOP = 40;

/** 'EPERM' and 'operation not permitted' for 1. */
export function describeErrno(errno: number): { name: string; text: string } {
  const entry = getSystemErrorMap().get(-errno);
  return entry ? { name: entry[0], text: entry[1] } : { name: `errno ${errno}`, text: 'unknown' };
}
