import { hotCalls } from './backend.js';
import { libc } from './calls.js';
import { EINTR } from './errno.js';
import { again } from './interrupted.js';

const EFD_SEMAPHORE = 1;
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

/** eventfd(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function createEventFd(initial: number, semaphore: boolean): number {
  return libc.eventfd(initial, EFD_NONBLOCK | EFD_CLOEXEC | (semaphore ? EFD_SEMAPHORE : 0));
}

/**
 * Adds one to an eventfd's counter, which makes it readable: 0, or a negative errno. EAGAIN means
 * that the counter is full, and so readable as it is.
 */
export function ringEventFd(fd: number): number {
  const result = hotCalls().ring(fd, 1);
  return Math.min(result === -EINTR ? again(() => hotCalls().ring(fd, 1)) : result, 0);
}

/** Sets an eventfd's counter to zero: 0, or a negative errno, EAGAIN where it was zero. */
export function resetEventFd(fd: number): number {
  const result = hotCalls().reset(fd);
  return Math.min(result === -EINTR ? again(() => hotCalls().reset(fd)) : result, 0);
}
