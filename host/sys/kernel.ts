import './early.js';
import { addressOf } from './backend.js';
import { monotonicNs, realtimeNs } from './clock.js';
import { controlEpoll, createEpoll, waitEpoll } from './epoll.js';
import { epollEventSize } from './event-size.js';
import { createEventFd } from './eventfd.js';
import { epollEntries } from './fdinfo.js';
import { close, read, write } from './files.js';
import { pollInNode } from './node-loop.js';
import { heedsSignals } from './pieces.js';
import type { EpollEntry, LinearMemory, PollHandle, Syscalls } from './syscalls.js';
import { CLOCKS, createTimerFd, setTimer, TFD_TIMER_ABSTIME } from './timerfd.js';
import { unread } from './unread.js';

const NANOSECONDS_PER_MILLISECOND = 1e6;
const EMPTY = new Uint8Array(0);

/** The kernel of this machine. */
export class Kernel implements Syscalls {
  readonly eventSize = epollEventSize();
  readonly fdsOfProcess = true;

  // The address of the memory last written to. It changes when that memory grows.
  #bytes: Uint8Array = EMPTY;
  #bytesAddress = 0;

  create(): number {
    return createEpoll();
  }

  ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number {
    return controlEpoll(epfd, operation, fd, interest, slot, generation);
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
    return waitEpoll(epfd, this.#bytesAddress + offset, maxEvents, timeoutMs);
  }

  heedsSignals(): boolean {
    return heedsSignals();
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
    return unread(fd);
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
    return pollInNode(epfd, onReadable);
  }

  #locate(bytes: Uint8Array): void {
    this.#bytesAddress = addressOf(bytes);
    this.#bytes = bytes;
  }
}
