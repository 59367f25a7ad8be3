/**
 * What the event manager needs of an operating system. Numbers go in; zero, a count or an errno,
 * negated, comes out; nothing throws. Errors are made of these numbers one layer up.
 *
 * koffi's implementation is the default (`kernel.ts`); `SimulatedSyscalls` of
 * `wasm-event-manager/testing` is a kernel in memory; another host brings its own.
 */
export interface Syscalls {
  /** Bytes of one `struct epoll_event`: 12, packed, on x86-64; 16 elsewhere. */
  readonly eventSize: 12 | 16;

  /** epoll_create1(EPOLL_CLOEXEC): a new epoll instance's fd. */
  create(): number;

  /**
   * epoll_ctl(2). `operation` is 1 (ADD), 2 (DEL) or 3 (MOD). The 64 bits of the event's data
   * are `slot` (the lower half) and `generation`.
   */
  ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number;

  /**
   * epoll_wait(2), or epoll_pwait2(2) for fractions of a millisecond. The kernel writes its
   * events into linear memory at `offset`: u32 events, then (at `eventSize - 8`) u32 slot and
   * u32 generation. A negative timeout waits for ever.
   */
  wait(
    epfd: number,
    memory: LinearMemory,
    offset: number,
    maxEvents: number,
    timeoutMs: number,
  ): number;

  /**
   * Whether the host has a listener for a signal, so that a wait that was interrupted (-EINTR) has
   * to end for its sake. Without this every such wait ends.
   */
  heedsSignals?(): boolean;

  /**
   * What an epoll instance watches, of one number or of all, as /proc/self/fdinfo/<epfd> lists it;
   * undefined where that can't be read. The kernel's key is (file, number): by this list a number
   * that was file A, then B, then A again (dup2) is told from one that has stayed the same. Without
   * it such a number's registration is taken for what the number names now.
   */
  entries?(epfd: number, fd?: number): EpollEntry[] | undefined;

  /** close(2). */
  close(fd: number): number;

  /** read(2) into the whole of `into`: bytes read, 0 at the end of the file. */
  read(fd: number, into: Uint8Array): number;

  /** write(2) of the whole of `from`: bytes written, which may be fewer. */
  write(fd: number, from: Uint8Array): number;

  /**
   * ioctl(2), FIONREAD: bytes that can be read of a fd, or what the counter of an eventfd or a
   * timerfd has come to; 0 where that isn't known. By it a reader that makes progress is told from
   * one that ignores a hang-up, and from nobody.
   */
  unread?(fd: number): number;

  /** clock_gettime(CLOCK_MONOTONIC), in nanoseconds. */
  clock(): number;

  /**
   * eventfd(2), non-blocking and closed on exec, by which a part of the library wakes its manager
   * with `write`. Without it a manager has no bus and no remote endpoint.
   */
  createEventFd?(): number;

  /** Whether other threads may `write` to its fds by their numbers, as they can to the kernel's. */
  readonly fdsOfProcess?: boolean;

  /**
   * timerfd_create(2) of CLOCK_MONOTONIC, non-blocking and closed on exec. A `LiveClock` needs this
   * and the three calls below.
   */
  createTimerFd?(): number;

  /**
   * timerfd_settime(2), TFD_TIMER_ABSTIME: the timerfd expires at a time of `monotonicNs`, 1 to
   * 2⁶³−1, or at once where that has passed; undefined disarms it. What had expired is forgotten.
   */
  setTimerFd?(fd: number, atNs: bigint | undefined): number;

  /** clock_gettime(CLOCK_MONOTONIC), in nanoseconds. */
  monotonicNs?(): bigint;

  /** clock_gettime(CLOCK_REALTIME): nanoseconds since 1970. */
  realtimeNs?(): bigint;

  /**
   * Has the host's own event loop call back, on this thread and again and again, while an epoll
   * fd is readable: with 0, or with a negative errno when it can't go on. A handle to end that, or
   * a negative errno. Without it a manager can't be attached.
   */
  poll?(epfd: number, onReadable: (status: number) => void): PollHandle | number;
}

/** One entry of an epoll instance: the number it was made for, and its 64 bits of data. */
export interface EpollEntry {
  readonly fd: number;
  readonly slot: number;
  readonly generation: number;
}

/** A fd watched by the host's own event loop. After `close`, nothing does anything. */
export interface PollHandle {
  /** Has it keep the host's loop alive: the default. */
  ref(): void;
  unref(): void;
  close(): void;
}

/** Wasm memory, as seen from JavaScript. The view is a new one after memory has grown. */
export interface LinearMemory {
  /** All of memory as bytes. */
  readonly bytes: Uint8Array;
}
