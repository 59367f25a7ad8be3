/**
 * The system calls that are made often, and how they reach the kernel. There are three ways, of
 * which a thread has one (`backend.ts`). Each call answers a negative errno where it fails.
 *
 * V8 puts a call of `node:ffi` into its caller only where that always calls the same function. So
 * nothing stands between: no function that makes calls of several kinds, nor one that binds them
 * when they are first called.
 */
export interface HotCalls {
  /** epoll_wait(2), whole milliseconds; below 0 without an end. */
  wait(epfd: number, events: number, max: number, milliseconds: number): number;
  /** epoll_pwait2(2), with a time of seconds and nanoseconds. */
  waitNs(epfd: number, events: number, max: number, seconds: number, ns: number): number;
  /** epoll_ctl(2). `slot` and `generation` are the event's data. */
  ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number;
  read(fd: number, address: number, length: number): number;
  write(fd: number, address: number, length: number): number;
  /** write(2) of a counter, 0 to 2⁵³−1, to an eventfd. */
  ring(fd: number, value: number): number;
  /** read(2) of an eventfd's counter, which isn't told. */
  reset(fd: number): number;
  /** recv(2), without flags. */
  recv(fd: number, address: number, length: number): number;
  send(fd: number, address: number, length: number, flags: number): number;
  /** accept4(2), without the peer's name. */
  accept(fd: number, flags: number): number;
  /** timerfd_settime(2): the first expiration, and the interval. */
  setTimer(
    fd: number,
    flags: number,
    seconds: number,
    ns: number,
    intervalSeconds: number,
    intervalNs: number,
  ): number;

  /**
   * Where a view's bytes are. Good as long as the view's buffer is neither detached nor collected:
   * the caller keeps the view, in a field or a variable that outlives the call.
   */
  addressOf(view: ArrayBufferView): number;
  /** Any system call, by its number; only where the shim carries the calls that are rare, too. */
  readonly call?: Call;
}

/** A function of numbers, in C. */
export type Call = (...args: number[]) => number;

/** The functions of the shim, `shim/shim.c`, and how many numbers each takes. */
export const SHIM_FUNCTIONS = {
  wem_version: 0,
  wem_call: 7,
  wem_wait: 4,
  wem_wait_ns: 5,
  wem_ctl: 6,
  wem_read: 3,
  wem_write: 3,
  wem_ring: 2,
  wem_reset: 1,
  wem_recv: 3,
  wem_send: 4,
  wem_accept: 2,
  wem_set_timer: 6,
} as const;

export type ShimFunctions = Record<keyof typeof SHIM_FUNCTIONS, Call>;

/** The shim's functions as they are, with nothing around them. */
export function shimCalls(
  shim: ShimFunctions,
  rest: Pick<HotCalls, 'addressOf' | 'call'>,
): HotCalls {
  return {
    wait: shim.wem_wait,
    waitNs: shim.wem_wait_ns,
    ctl: shim.wem_ctl,
    read: shim.wem_read,
    write: shim.wem_write,
    ring: shim.wem_ring,
    reset: shim.wem_reset,
    recv: shim.wem_recv,
    send: shim.wem_send,
    accept: shim.wem_accept,
    setTimer: shim.wem_set_timer,
    ...rest,
  };
}
