import { getSystemErrorMap } from 'node:util';

export const EINTR = 4;
export const EAGAIN = 11;
export const EINVAL = 22;
export const ELOOP = 40;
export const EPERM = 1;

/** 'EPERM' and 'operation not permitted' for 1. */
export function describeErrno(errno: number): { name: string; text: string } {
  const entry = getSystemErrorMap().get(-errno);
  return entry ? { name: entry[0], text: entry[1] } : { name: `errno ${errno}`, text: 'unknown' };
}
