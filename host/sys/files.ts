import { addressOf, hotCalls } from './backend.js';
import { F_DUPFD_CLOEXEC, libc } from './calls.js';
import { EINTR } from './errno.js';
import { again } from './interrupted.js';
import { closeGuarded, pair } from './thread-end.js';

/** open file flags, as on x86-64 and arm64 alike. */
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const FD_CLOEXEC = 1;

/** read(2): bytes read, or a negative errno. `address` must stay good for the call. */
export function readAt(fd: number, address: number, length: number): number {
  const result = hotCalls().read(fd, address, length);
  return result === -EINTR ? again(() => hotCalls().read(fd, address, length)) : result;
}

/** write(2): bytes written, or a negative errno. */
export function writeAt(fd: number, address: number, length: number): number {
  const result = hotCalls().write(fd, address, length);
  return result === -EINTR ? again(() => hotCalls().write(fd, address, length)) : result;
}

/** read(2) into a view: bytes read, 0 at the end of the file, or a negative errno. */
export function read(fd: number, into: Uint8Array): number {
  return readAt(fd, addressOf(into), into.byteLength);
}

/** write(2) of a view: bytes written, which may be fewer than asked for, or a negative errno. */
export function write(fd: number, from: Uint8Array): number {
  return writeAt(fd, addressOf(from), from.byteLength);
}

/** close(2). Linux has closed the fd even when it reports EINTR. */
export function close(fd: number): number {
  return closeGuarded(fd);
}

/** fcntl(F_DUPFD_CLOEXEC): the lowest free number that shares the file, or a negative errno. */
export function duplicate(fd: number): number {
  return libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/**
 * fcntl(2): makes a fd non-blocking, for everyone who shares its file, and closed on exec. 0, or a
 * negative errno.
 */
export function makeNonBlocking(fd: number): number {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (flags < 0) return flags;
  return libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK) || libc.fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/** pipe2(O_CLOEXEC | O_NONBLOCK): [reader, writer], or a negative errno. */
export function createPipe(): [reader: number, writer: number] | number {
  const result = libc.pipe2(addressOf(pair), O_CLOEXEC | O_NONBLOCK);
  return result < 0 ? result : [pair[0]!, pair[1]!];
}
