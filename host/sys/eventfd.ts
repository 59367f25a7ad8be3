import { libcFunction, negativeErrno } from './libc.js';

const EFD_SEMAPHORE = 1;
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

let call: ((...args: number[]) => number) | undefined;

/** eventfd(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function createEventFd(initial: number, semaphore: boolean): number {
  call ??= libcFunction('eventfd', 'int', ['unsigned int', 'int']);
  const fd = call(initial, EFD_NONBLOCK | EFD_CLOEXEC | (semaphore ? EFD_SEMAPHORE : 0));
  return fd < 0 ? negativeErrno() : fd;
}
