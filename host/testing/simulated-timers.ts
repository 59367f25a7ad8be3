import { EBADF, EINVAL } from '../sys/index.js';
import { SimulatedTimerFd } from './simulated-counters.js';
import type { SimulatedFds } from './simulated-fds.js';
import { NEVER, type SimulatedTime } from './simulated-time.js';

/** The timerfds of a process. */
export class SimulatedTimers {
  readonly #fds: SimulatedFds;
  readonly #time: SimulatedTime;

  constructor(fds: SimulatedFds, time: SimulatedTime) {
    this.#fds = fds;
    this.#time = time;
  }

  /** timerfd_create(2): a fd, or -EMFILE. */
  open(): number {
    return this.#fds.open(new SimulatedTimerFd(this.#time));
  }

  /** timerfd_settime(2): first so long from now, and then at each interval. Zero disarms. */
  setAfter(fd: number, afterNs: number | bigint, everyNs: number | bigint): number {
    const after = wholeNs(afterNs);
    const every = wholeNs(everyNs);
    if (after === undefined || every === undefined) return this.#fds.get(fd) ? -EINVAL : -EBADF;
    return this.#set(fd, after > 0n ? this.#time.now + after : NEVER, every);
  }

  /** timerfd_settime(2), TFD_TIMER_ABSTIME: once, at a time of CLOCK_MONOTONIC. */
  setAt(fd: number, atNs: bigint | undefined): number {
    if (atNs !== undefined && (atNs < 1n || atNs >= 2n ** 63n)) return -EINVAL;
    return this.#set(fd, atNs ?? NEVER, 0n);
  }

  #set(fd: number, firstNs: bigint, intervalNs: bigint): number {
    const file = this.#fds.get(fd);
    if (!file) return -EBADF;
    if (!(file instanceof SimulatedTimerFd)) return -EINVAL;
    file.set(firstNs, intervalNs);
    return 0;
  }
}

function wholeNs(nanoseconds: number | bigint): bigint | undefined {
  if (!(nanoseconds >= 0) || nanoseconds === Number.POSITIVE_INFINITY) return undefined;
  return typeof nanoseconds === 'bigint' ? nanoseconds : BigInt(Math.ceil(nanoseconds));
}
