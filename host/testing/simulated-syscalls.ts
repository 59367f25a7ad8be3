import { checkCount, checkOptions } from '../contract/index.js';
import type { EpollEntry, LinearMemory, Syscalls } from '../sys/index.js';
import { EBADF, EINVAL, EPERM } from '../sys/index.js';
import {
  type FaultOptions,
  SimulatedCalls,
  type SyscallName,
  type SyscallRecord,
} from './simulated-calls.js';
import { SimulatedEventFd } from './simulated-counters.js';
import { SimulatedEpoll } from './simulated-epoll.js';
import { SimulatedFds } from './simulated-fds.js';
import { SimulatedRegularFile } from './simulated-file.js';
import { SIMULATED_OPTIONS, type SimulatedSyscallsOptions } from './simulated-options.js';
import { SimulatedPipeReader, SimulatedPipeWriter } from './simulated-pipe.js';
import { SimulatedSocket, SimulatedUnconnectedSocket } from './simulated-socket.js';
import { SimulatedTime, toDuration } from './simulated-time.js';
import { SimulatedTimers } from './simulated-timers.js';
import { SimulatedWaits } from './simulated-waits.js';

const INT32_MAX = 2 ** 31 - 1;
const ENOTSOCK = 88;
const COUNTER_MAX = 2n ** 64n - 2n;

/**
 * A kernel in memory, for tests: eventfds, pipes, timers, socket pairs and epoll as Linux has
 * them, the same each time. Its calls answer as the kernel's do, a fd or a negative errno.
 *
 * Its time is its own, for a manager's `LiveClock` too. A wait with nothing ready moves it on to
 * the next timer or scheduled action, or to its deadline; without either it answers -EDEADLK, so
 * that no test hangs.
 *
 * @example
 * const kernel = new SimulatedSyscalls();
 * const manager = new EventManager({ syscalls: kernel });
 * const bell = kernel.eventfd();
 * manager.addSubscriber(subscriberOf(bell));
 * kernel.schedule(5e6, () => kernel.ring(bell)); // in 5 ms
 * manager.run(); // returns at once, 5 ms later by kernel.clock()
 */
export class SimulatedSyscalls implements Syscalls {
  readonly eventSize: 12 | 16;
  /** Every system call made through `Syscalls`, in order. Empty it as you like. */
  readonly calls: SyscallRecord[];
  readonly #fds: SimulatedFds;
  readonly #startNs: bigint;
  readonly #time = new SimulatedTime();
  readonly #waits: SimulatedWaits;
  readonly #calls = new SimulatedCalls();
  readonly #timers: SimulatedTimers;
  readonly #bytes = new Uint8Array(8);

  constructor(options: SimulatedSyscallsOptions = {}) {
    checkOptions('SimulatedSyscalls', options, SIMULATED_OPTIONS);
    this.eventSize = options.eventSize ?? 12;
    const most = checkCount('maxFds', options.maxFds ?? 1024, 1, INT32_MAX);
    this.calls = this.#calls.calls;
    this.#startNs = toDuration('startNs', options.startNs ?? 0);
    this.#fds = new SimulatedFds(checkCount('firstFd', options.firstFd ?? 3, 0, INT32_MAX), most);
    this.#timers = new SimulatedTimers(this.#fds, this.#time);
    this.#waits = new SimulatedWaits(this.#time, this.eventSize);
  }

  /** eventfd(2). */
  eventfd(initial: bigint | number = 0, options: { semaphore?: boolean } = {}): number {
    checkOptions('eventfd', options, { semaphore: true });
    if (initial < 0 || initial > COUNTER_MAX) return -EINVAL;
    return this.#fds.open(new SimulatedEventFd(BigInt(initial), options.semaphore ?? false));
  }

  /** Adds to an eventfd's counter: 0, or a negative errno. */
  ring(fd: number, value: bigint | number = 1): number {
    new DataView(this.#bytes.buffer).setBigUint64(0, BigInt(value), true);
    const result = this.#fds.get(fd)?.write(this.#bytes) ?? -EBADF;
    return Math.min(result, 0);
  }

  /** pipe(2): [reader, writer], or twice a negative errno. */
  pipe(): [reader: number, writer: number] {
    const reader = new SimulatedPipeReader();
    return this.#fds.openPair(reader, new SimulatedPipeWriter(reader));
  }

  /** socketpair(2), of streams, or twice a negative errno. */
  socketpair(): [number, number] {
    return this.#fds.openPair(...SimulatedSocket.pair());
  }

  /** socket(2): of TCP, and not connected, which epoll reports as OUT and HUP. */
  socket(): number {
    return this.#fds.open(new SimulatedUnconnectedSocket());
  }

  /** shutdown(2) of one of a socket pair. */
  shutdown(fd: number, how: 'read' | 'write' | 'both'): number {
    const file = this.#fds.get(fd);
    if (!file) return -EBADF;
    if (!(file instanceof SimulatedSocket)) return -ENOTSOCK;
    file.shutdown(how);
    return 0;
  }

  /** timerfd_create(2). */
  timerfd(): number {
    return this.#timers.open();
  }

  /** timerfd_settime(2): first in `afterNs` from now, then every `everyNs`. Zero disarms. */
  setTimer(fd: number, setting: { afterNs: number | bigint; everyNs?: number | bigint }): number {
    return this.#timers.setAfter(fd, setting.afterNs, setting.everyNs ?? 0);
  }

  /** A regular file, which epoll refuses. */
  regularFile(): number {
    return this.#fds.open(new SimulatedRegularFile());
  }

  /** dup(2). */
  dup(fd: number): number {
    return this.#fds.dup(fd);
  }

  /** dup2(2): `to` names the file of `fd` from now on, and what it named is closed. */
  dup2(fd: number, to: number): number {
    return this.#fds.dup2(fd, to);
  }

  /** The fds that are open, in order: to see that nothing leaks. */
  openFds(): number[] {
    return this.#fds.list();
  }

  /**
   * Has the next waits that would block answer -EINTR, as a signal does. Those with something
   * ready, or with a timeout of 0, go their way, here as in Linux.
   */
  interrupt(times = 1): void {
    this.#waits.interrupt(checkCount('times', times, 1, INT32_MAX));
  }

  /** A signal at a time to come: the wait that is blocked by then, if any, answers -EINTR. */
  interruptAfter(nanoseconds: number | bigint): void {
    this.#waits.interruptAfter(nanoseconds);
  }

  /** Does something at a time to come, such as writing to a fd: what another thread would do. */
  schedule(afterNs: number | bigint, action: () => void): void {
    this.#time.schedule(afterNs, action);
  }

  /**
   * Has system calls fail with an errno, or throw an error, as a faulty host would. A call that
   * fails does nothing, but for `close`: as in Linux, the fd is gone unless it says EBADF.
   * @throws RangeError for an errno that is not positive, and counts that are none
   */
  fail(name: SyscallName, failure: number | Error, options: FaultOptions = {}): void {
    this.#calls.addFault(name, failure, options);
  }

  /** Lets time go by, with all that happens meanwhile. */
  advance(nanoseconds: number | bigint): void {
    this.#time.advanceTo(this.#time.now + toDuration('nanoseconds', nanoseconds));
  }

  create(): number {
    return this.#calls.make('create', [], () => this.#fds.open(new SimulatedEpoll()));
  }

  ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number {
    const args = [epfd, operation, fd, interest, slot, generation];
    return this.#calls.make('ctl', args, () => {
      const epoll = this.#fds.get(epfd);
      const file = this.#fds.get(fd);
      if (!epoll || !file) return -EBADF;
      if (!file.pollable) return -EPERM;
      if (!(epoll instanceof SimulatedEpoll)) return -EINVAL;
      return epoll.ctl(operation, fd, file, interest, slot, generation);
    });
  }

  wait(
    epfd: number,
    memory: LinearMemory,
    offset: number,
    maxEvents: number,
    timeoutMs: number,
  ): number {
    return this.#calls.make('wait', [epfd, maxEvents, timeoutMs], () => {
      const epoll = this.#fds.epoll(epfd);
      if (typeof epoll === 'number') return epoll;
      return this.#waits.fill(epoll, memory, offset, maxEvents, timeoutMs);
    });
  }

  entries(epfd: number, fd?: number): EpollEntry[] | undefined {
    const epoll = this.#fds.epoll(epfd);
    return typeof epoll === 'number' ? undefined : epoll.list(fd);
  }

  close(fd: number): number {
    return this.#calls.make('close', [fd], () => this.#fds.close(fd));
  }

  read(fd: number, into: Uint8Array): number {
    const args = [fd, into.byteLength];
    return this.#calls.make('read', args, () => this.#fds.get(fd)?.read(into) ?? -EBADF);
  }

  unread(fd: number): number {
    return this.#fds.get(fd)?.unread ?? 0;
  }

  write(fd: number, from: Uint8Array): number {
    const args = [fd, from.byteLength];
    return this.#calls.make('write', args, () => this.#fds.get(fd)?.write(from) ?? -EBADF);
  }

  clock(): number {
    return Number(this.#time.now);
  }

  monotonicNs(): bigint {
    return this.#time.now;
  }

  /** The time of day: `startNs`, and what has gone by since. */
  realtimeNs(): bigint {
    return this.#startNs + this.#time.now;
  }

  createEventFd(): number {
    return this.#calls.make('createEventFd', [], () => this.eventfd());
  }

  createTimerFd(): number {
    return this.#calls.make('createTimerFd', [], () => this.timerfd());
  }

  setTimerFd(fd: number, atNs: bigint | undefined): number {
    const setAt = () => this.#timers.setAt(fd, atNs);
    return this.#calls.make('setTimerFd', [fd, Number(atNs ?? 0n)], setAt);
  }
}
