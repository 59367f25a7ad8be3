import { monotonicNs, realtimeNs } from './clock.js';
import { createEventFd } from './eventfd.js';
import { epollEntries } from './fdinfo.js';
import { bindFileCalls, close, read, unreadBytes, write } from './files.js';
import { addressOf, libcFunction, negativeErrno, optionalLibcFunction } from './libc.js';
import { NodePoll } from './node-poll.js';
import { epollEventSize } from './platform.js';
import type { EpollEntry, LinearMemory, PollHandle, Syscalls } from './syscalls.js';
import { CLOCKS, createTimerFd, setTimer, TFD_TIMER_ABSTIME } from './timerfd.js';

const EPOLL_CLOEXEC = 0o2000000;
const NANOSECONDS_PER_SECOND = 1e9;
const NANOSECONDS_PER_MILLISECOND = 1e6;
const EMPTY = new Uint8Array(0);

/** The kernel of this machine, through koffi. */
export class Kernel implements Syscalls {
  readonly eventSize = epollEventSize();
  readonly fdsOfProcess = true;

  readonly #create = libcFunction('epoll_create1', 'int', ['int']);
  readonly #ctl = libcFunction('epoll_ctl', 'int', ['int', 'int', 'int', 'uintptr_t']);
  readonly #wait = libcFunction('epoll_wait', 'int', ['int', 'uintptr_t', 'int', 'int']);
  /** Linux 5.11 and glibc 2.35; where it is missing, fractions of a millisecond round up. */
  readonly #waitPrecisely = optionalLibcFunction('epoll_pwait2', 'int', [
    'int',
    'uintptr_t',
    'int',
    'uintptr_t',
    'uintptr_t',
    'size_t',
  ]);

  // One epoll_event and one timespec, reused: both are read before the call returns.
  readonly #event = new Uint32Array(4);
  readonly #eventAddress = addressOf(this.#event);
  readonly #dataIndex = (this.eventSize - 8) / 4;
  readonly #timespec = new BigInt64Array(2);
  readonly #timespecAddress = addressOf(this.#timespec);

  // The address of the memory last written to. It changes when that memory grows.
  #bytes: Uint8Array = EMPTY;
  #bytesAddress = 0;

  constructor() {
    bindFileCalls();
  }

  create(): number {
    const epfd = this.#create(EPOLL_CLOEXEC);
    return epfd < 0 ? negativeErrno() : epfd;
  }

  ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number {
    const event = this.#event;
    event[0] = interest;
    event[this.#dataIndex] = slot;
    event[this.#dataIndex + 1] = generation;
    return this.#ctl(epfd, operation, fd, this.#eventAddress) < 0 ? negativeErrno() : 0;
  }

  wait(
    epfd: number,
    memory: LinearMemory,
    offset: number,
    maxEvents: number,
    timeoutMs: number,
  ): number {
    const bytes = memory.bytes;
    if (bytes !== this.#bytes) this.#locate(bytes);
    const events = this.#bytesAddress + offset;
    const received = Number.isInteger(timeoutMs)
      ? this.#wait(epfd, events, maxEvents, timeoutMs)
      : this.#waitFraction(epfd, events, maxEvents, timeoutMs);
    return received < 0 ? negativeErrno() : received;
  }

  entries(epfd: number, fd?: number): EpollEntry[] | undefined {
    return epollEntries(epfd, fd);
  }

  read(fd: number, into: Uint8Array): number {
    return read(fd, into);
  }

  write(fd: number, from: Uint8Array): number {
    return write(fd, from);
  }

  close(fd: number): number {
    return close(fd);
  }

  unread(fd: number): number {
    return unreadBytes(fd);
  }

  clock(): number {
    // Node's clock is CLOCK_MONOTONIC, and asking it costs less than a call through koffi.
    return performance.now() * NANOSECONDS_PER_MILLISECOND;
  }

  createEventFd(): number {
    return createEventFd(0, false);
  }

  createTimerFd(): number {
    return createTimerFd(CLOCKS.monotonic);
  }

  setTimerFd(fd: number, atNs: bigint | undefined): number {
    return setTimer(fd, TFD_TIMER_ABSTIME, atNs ?? 0n, 0n);
  }

  monotonicNs(): bigint {
    return monotonicNs();
  }

  realtimeNs(): bigint {
    return realtimeNs();
  }

  poll(epfd: number, onReadable: (status: number) => void): PollHandle | number {
    return NodePoll.open(epfd, this, onReadable);
  }

  #locate(bytes: Uint8Array): void {
    this.#bytesAddress = addressOf(bytes);
    this.#bytes = bytes;
  }

  #waitFraction(epfd: number, events: number, maxEvents: number, timeoutMs: number): number {
    if (!this.#waitPrecisely) return this.#wait(epfd, events, maxEvents, Math.ceil(timeoutMs));
    const nanoseconds = Math.ceil(timeoutMs * NANOSECONDS_PER_MILLISECOND);
    const seconds = Math.floor(nanoseconds / NANOSECONDS_PER_SECOND);
    this.#timespec[0] = BigInt(seconds);
    this.#timespec[1] = BigInt(nanoseconds - seconds * NANOSECONDS_PER_SECOND);
    return this.#waitPrecisely(epfd, events, maxEvents, this.#timespecAddress, 0, 0);
  }
}
