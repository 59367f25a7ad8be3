import { addressOf, hotCalls } from './backend.js';
import { libc } from './calls.js';

const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
export const TFD_TIMER_ABSTIME = 1;

/** clockid_t of clock_gettime(2). */
export const CLOCKS = { realtime: 0, monotonic: 1, boottime: 7 } as const;

/** struct itimerspec: interval, then first expiration, each seconds and nanoseconds. */
const itimerspec = new BigInt64Array(4);
const SECOND = 1_000_000_000n;

/** timerfd_create(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function createTimerFd(clock: number): number {
  return libc.timerfd_create(clock, TFD_NONBLOCK | TFD_CLOEXEC);
}

/** timerfd_settime(2), in nanoseconds; a first expiration of zero disarms. */
export function setTimer(fd: number, flags: number, firstNs: bigint, intervalNs: bigint): number {
  return hotCalls().setTimer(
    fd,
    flags,
    Number(firstNs / SECOND),
    Number(firstNs % SECOND),
    Number(intervalNs / SECOND),
    Number(intervalNs % SECOND),
  );
}

/** timerfd_gettime(2): nanoseconds to the next expiration, 0 when disarmed; or a negative errno. */
export function timeLeft(fd: number): bigint | number {
  const result = libc.timerfd_gettime(fd, addressOf(itimerspec));
  if (result < 0) return result;
  return itimerspec[2]! * SECOND + itimerspec[3]!;
}
