import { hotCalls } from './backend.js';
import { libc } from './calls.js';
import { ENOSYS, EPERM } from './errno.js';

const EPOLL_CLOEXEC = 0o2000000;
const NANOSECONDS_PER_SECOND = 1e9;
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Until the kernel, or what filters its calls, has refused. */
let precise = true;

/** epoll_create1(2), closed on exec: a fd, or a negative errno. */
export function createEpoll(): number {
  return libc.epoll_create1(EPOLL_CLOEXEC);
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
  return hotCalls().ctl(epfd, operation, fd, interest, slot, generation);
}

/** epoll_wait(2) to an address, or epoll_pwait2(2) for fractions: a count, or a negative errno. */
export function waitEpoll(
  epfd: number,
  events: number,
  maxEvents: number,
  timeoutMs: number,
): number {
  if (!Number.isInteger(timeoutMs)) return waitFraction(epfd, events, maxEvents, timeoutMs);
  return hotCalls().wait(epfd, events, maxEvents, timeoutMs);
}

/**
 * Linux 5.11. Where the kernel lacks the call, or refuses it (seccomp says EPERM), fractions of a
 * millisecond round up.
 */
function waitFraction(epfd: number, events: number, maxEvents: number, timeoutMs: number): number {
  if (!precise) return hotCalls().wait(epfd, events, maxEvents, Math.ceil(timeoutMs));
  const nanoseconds = Math.ceil(timeoutMs * NANOSECONDS_PER_MILLISECOND);
  const seconds = Math.floor(nanoseconds / NANOSECONDS_PER_SECOND);
  const rest = nanoseconds - seconds * NANOSECONDS_PER_SECOND;
  const status = hotCalls().waitNs(epfd, events, maxEvents, seconds, rest);
  if (status !== -ENOSYS && status !== -EPERM) return status;
  precise = false;
  return waitFraction(epfd, events, maxEvents, timeoutMs);
}
