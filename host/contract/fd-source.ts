import { invalidType, outOfRange } from './errors.js';
import { INT32_MAX } from './numbers.js';

/** Anything that wraps a file descriptor: a number, or an object with a numeric `fd`. */
export type FdSource = number | { readonly fd: number };

/** The number of a fd, or of what wraps one: an integer from 0 to 2³¹−1. */
export function fdOf(source: FdSource): number {
  const fd = typeof source === 'object' && source !== null ? source.fd : source;
  if (typeof fd !== 'number') {
    throw invalidType('A fd', 'a number, or an object with a numeric `fd`', source);
  }
  if (!Number.isInteger(fd) || fd < 0 || fd > INT32_MAX) {
    throw outOfRange('A fd', 'an integer from 0 to 2³¹−1 (is its source closed?)', fd);
  }
  return fd;
}
