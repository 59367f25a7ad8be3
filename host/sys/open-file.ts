import { addressOf } from './backend.js';
import { libc } from './calls.js';
import { EINTR } from './errno.js';
import { again } from './interrupted.js';

/** open file flags, as on x86-64 and arm64 alike. */
const O_NOCTTY = 0o400;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
const CREATED_MODE = 0o666;

/**
 * open(2), with O_NONBLOCK, O_CLOEXEC, and O_NOCTTY, without which a terminal that a service opens
 * becomes its controlling one: a fd, or a negative errno.
 */
export function openFile(path: string, flags: number): number {
  const bytes = Buffer.from(`${path}\0`);
  const all = flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const open = () => libc.open(addressOf(bytes), all, CREATED_MODE);
  const fd = open();
  return fd === -EINTR ? again(open) : fd;
}

/** fcntl(F_GETFD): whether a fd is closed on exec, or a negative errno. */
export function closesOnExec(fd: number): boolean | number {
  const flags = libc.fcntl(fd, F_GETFD, 0);
  return flags < 0 ? flags : (flags & FD_CLOEXEC) !== 0;
}

/** fcntl(F_SETFD): 0 or a negative errno. */
export function setCloseOnExec(fd: number, closes: boolean): number {
  return libc.fcntl(fd, F_SETFD, closes ? FD_CLOEXEC : 0);
}

/** fcntl(F_GETFL): whether a file is non-blocking, or a negative errno. */
export function isNonBlocking(fd: number): boolean | number {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  return flags < 0 ? flags : (flags & O_NONBLOCK) !== 0;
}

/** fcntl(F_SETFL), for everyone who shares the file: 0 or a negative errno. */
export function setNonBlocking(fd: number, nonBlocking: boolean): number {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (flags < 0) return flags;
  const wanted = nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  return libc.fcntl(fd, F_SETFL, wanted);
}
