import { addressOf, libcFunction, negativeErrno } from './libc.js';

const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
export const TFD_TIMER_ABSTIME = 1;

/** clockid_t of clock_gettime(2). */
export const CLOCKS = { realtime: 0, monotonic: 1, boottime: 7 } as const;

type Call = (...args: number[]) => number;
let calls: { create: Call; settime: Call; gettime: Call } | undefined;

/** struct itimerspec: interval, then first expiration, each seconds and nanoseconds. */
const itimerspec = new BigInt64Array(4);
const SECOND = 1_000_000_000n;

function load() {
  calls ??= {
    create: libcFunction('timerfd_create', 'int', ['int', 'int']),
    settime: libcFunction('timerfd_settime', 'int', ['int', 'int', 'uintptr_t', 'uintptr_t']),
    gettime: libcFunction('timerfd_gettime', 'int', ['int', 'uintptr_t']),
  };
  return calls;
}

/** timerfd_create(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function createTimerFd(clock: number): number {
  const fd = load().create(clock, TFD_NONBLOCK | TFD_CLOEXEC);
  return fd < 0 ? negativeErrno() : fd;
}

/** timerfd_settime(2), in nanoseconds; a first expiration of zero disarms. */
export function setTimer(fd: number, flags: number, firstNs: bigint, intervalNs: bigint): number {
  itimerspec[0] = intervalNs / SECOND;
  itimerspec[1] = intervalNs % SECOND;
  itimerspec[2] = firstNs / SECOND;
  itimerspec[3] = firstNs % SECOND;
  const result = load().settime(fd, flags, addressOf(itimerspec), 0);
  return result < 0 ? negativeErrno() : 0;
}

/** timerfd_gettime(2): nanoseconds to the next expiration, 0 when disarmed; or a negative errno. */
export function timeLeft(fd: number): bigint | number {
  if (load().gettime(fd, addressOf(itimerspec)) < 0) return negativeErrno();
  return itimerspec[2]! * SECOND + itimerspec[3]!;
}
