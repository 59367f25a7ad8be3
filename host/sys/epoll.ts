import { libc } from './calls.js';
import { EPERM } from './errno.js';
import { addressOf, negativeErrno } from './libc.js';
import { epollEventSize } from './platform.js';

const ENOSYS = 38;
const EPOLL_CLOEXEC = 0o2000000;
const NANOSECONDS_PER_SECOND = 1e9;
const NANOSECONDS_PER_MILLISECOND = 1e6;

// One epoll_event and one timespec, reused: both are read before the call returns.
const event = new Uint32Array(4);
const dataIndex = (epollEventSize() - 8) / 4;
const timespec = new BigInt64Array(2);
let eventAddress = 0;
let timespecAddress = 0;
/** Until the kernel, or what filters its calls, has refused. */
let precise = true;

/** epoll_create1(2), closed on exec: a fd, or a negative errno. */
export function createEpoll(): number {
  const epfd = libc.epoll_create1(EPOLL_CLOEXEC);
  return epfd < 0 ? negativeErrno() : epfd;
}

/** epoll_ctl(2): 0 or a negative errno. `slot` and `generation` are the event's data. */
export function controlEpoll(
  epfd: number,
  operation: number,
  fd: number,
  interest: number,
  slot: number,
  generation: number,
): number {
  eventAddress ||= addressOf(event);
  event[0] = interest;
  event[dataIndex] = slot;
  event[dataIndex + 1] = generation;
  return libc.epoll_ctl(epfd, operation, fd, eventAddress) < 0 ? negativeErrno() : 0;
}

/** epoll_wait(2) to an address, or epoll_pwait2(2) for fractions: a count, or a negative errno. */
export function waitEpoll(
  epfd: number,
  events: number,
  maxEvents: number,
  timeoutMs: number,
): number {
  if (!Number.isInteger(timeoutMs)) return waitFraction(epfd, events, maxEvents, timeoutMs);
  const received = libc.epoll_wait(epfd, events, maxEvents, timeoutMs);
  return received < 0 ? negativeErrno() : received;
}

/**
 * Linux 5.11. Where the kernel lacks the call, or refuses it (seccomp says EPERM), fractions of a
 * millisecond round up.
 */
function waitFraction(epfd: number, events: number, maxEvents: number, timeoutMs: number): number {
  if (!precise) return waitEpoll(epfd, events, maxEvents, Math.ceil(timeoutMs));
  timespecAddress ||= addressOf(timespec);
  const nanoseconds = Math.ceil(timeoutMs * NANOSECONDS_PER_MILLISECOND);
  const seconds = Math.floor(nanoseconds / NANOSECONDS_PER_SECOND);
  timespec[0] = BigInt(seconds);
  timespec[1] = BigInt(nanoseconds - seconds * NANOSECONDS_PER_SECOND);
  const received = libc.epoll_pwait2(epfd, events, maxEvents, timespecAddress, 0, 0);
  if (received >= 0) return received;
  const status = negativeErrno();
  if (status !== -ENOSYS && status !== -EPERM) return status;
  precise = false;
  return waitFraction(epfd, events, maxEvents, timeoutMs);
}
