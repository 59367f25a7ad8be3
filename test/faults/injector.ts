import Module, { createRequire } from 'node:module';

/*
 * Stands between the library and koffi: one call of one function, the k-th, fails with an errno,
 * and every other reaches the kernel. The library is the shipped one. Node's own calls are
 * left alone, which `strace -e inject` would not do. To be imported before the library is used.
 */

type Call = (...args: number[]) => number;

export interface Fault {
  readonly call: string;
  readonly errno: number;
  /** The k-th call from `arm` on. */
  readonly at: number;
}

/** What syscall(2) is called with, by numbers. */
const BY_NUMBER: Record<number, string> = {
  424: 'pidfd_send_signal',
  434: 'pidfd_open',
  ...(process.arch === 'x64'
    ? {
        206: 'io_setup',
        207: 'io_destroy',
        208: 'io_getevents',
        209: 'io_submit',
        210: 'io_cancel',
      }
    : { 0: 'io_setup', 1: 'io_destroy', 4: 'io_getevents', 2: 'io_submit', 3: 'io_cancel' }),
};
/** What the functions of the shim call, which answer a negative errno. */
const BY_SHIM: Record<string, string> = {
  wem_wait: 'epoll_wait',
  wem_wait_ns: 'epoll_pwait2',
  wem_ctl: 'epoll_ctl',
  wem_read: 'read',
  wem_write: 'write',
  wem_ring: 'write',
  wem_reset: 'read',
  wem_recv: 'recv',
  wem_send: 'send',
  wem_accept: 'accept4',
  wem_set_timer: 'timerfd_settime',
};
const EINTR = 4;
const EAGAIN = 11;
const COUNTER_SIZE = 8;
/**
 * Made all the same: Linux closes a fd whatever it answers, an interrupted connect goes on, and an
 * eventfd that takes no more is readable.
 */
const MADE_ANYWAY: Record<string, (errno: number, args: number[]) => boolean> = {
  write: (errno, args) => errno === EAGAIN && (args.length < 3 || args[2] === COUNTER_SIZE),
  close: () => true,
  connect: (errno) => errno === EINTR,
};
/** What a function answers that has failed, where that is not -1 with an errno. */
const ANSWERS: Record<string, (errno: number) => number> = {
  getaddrinfo: (code) => -code,
};

let fault: Fault | undefined;
let count = 0;
let hit = false;
/** How often each function was called since the process began. */
export const called = new Map<string, number>();

export function arm(next: Fault): void {
  fault = next;
  count = 0;
  hit = false;
}

/** Whether the call that was to fail was made. */
export function disarm(): boolean {
  fault = undefined;
  return hit;
}

function intercept(name: string, real: Call, setErrno: (errno: number) => void): Call {
  return (...args) => {
    const shim = BY_SHIM[name];
    const call = shim ?? (name === 'syscall' ? (BY_NUMBER[args[0]!] ?? name) : name);
    called.set(call, (called.get(call) ?? 0) + 1);
    if (fault?.call !== call) return real(...args);
    count += 1;
    if (count !== fault.at) return real(...args);
    hit = true;
    const { errno } = fault;
    if (MADE_ANYWAY[call]?.(errno, args)) real(...args);
    setErrno(errno);
    if (shim) return -errno;
    return ANSWERS[call]?.(errno) ?? -1;
  };
}

interface Library {
  func(name: string, ...types: unknown[]): Call;
  symbol(name: string): unknown;
}

const koffi = createRequire(import.meta.url)('koffi');
const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const original = loader._load;
const load = (path: string | null): Library => {
  const library: Library = koffi.load(path);
  return {
    func: (name, ...types) => intercept(name, library.func(name, ...types), koffi.errno),
    symbol: (name) => library.symbol(name),
  };
};
loader._load = (request, ...rest) =>
  request === 'koffi' ? { ...koffi, load } : original(request, ...rest);
