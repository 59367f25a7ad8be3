import { addressOf } from './backend.js';
import { libc } from './calls.js';

const SYS_PPOLL = process.arch === 'x64' ? 271 : 73;
const SECOND = 1_000_000_000n;

export const POLLIN = 1;
export const POLLOUT = 4;

/**
 * ppoll(2), in nanoseconds. Entries are struct pollfd, two words each: the fd, and `events` with
 * `revents` in the upper half. `timeoutNs` undefined has no end. The number of entries with an
 * event, or a negative errno.
 */
export function pollFds(entries: Int32Array, count: number, timeoutNs?: bigint): number {
  const fds = count === 0 ? 0 : addressOf(entries);
  if (timeoutNs === undefined) return libc.syscall(SYS_PPOLL, fds, count, 0, 0, 0);
  const timespec = new BigInt64Array([timeoutNs / SECOND, timeoutNs % SECOND]);
  return libc.syscall(SYS_PPOLL, fds, count, addressOf(timespec), 0, 0);
}
