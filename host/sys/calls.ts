import { type Call, type CType, libcFunction, setErrno } from './libc.js';

const ENOSYS = 38;
const ADDRESS = 'uintptr_t';

/** fcntl(2): the lowest free number that shares the file, closed on exec. */
export const F_DUPFD_CLOEXEC = 1030;
/** pidfd_open(2), newer than many a C library. Its number is the same on every machine. */
export const SYS_PIDFD_OPEN = 434;
/**
 * What the kernel may have where the C library has no function: glibc before 2.35, and musl. The
 * numbers are the same on every machine.
 */
const SYSTEM_CALLS: Partial<Record<string, number>> = { epoll_pwait2: 441 };

/** Every function that the library calls: its result, then its parameters. */
const SIGNATURES = {
  epoll_create1: ['int', 'int'],
  epoll_ctl: ['int', 'int', 'int', 'int', ADDRESS],
  epoll_wait: ['int', 'int', ADDRESS, 'int', 'int'],
  epoll_pwait2: ['int', 'int', ADDRESS, 'int', ADDRESS, ADDRESS, 'size_t'],

  read: ['long', 'int', ADDRESS, 'size_t'],
  write: ['long', 'int', ADDRESS, 'size_t'],
  close: ['int', 'int'],
  open: ['int', ADDRESS, 'int', 'unsigned int'],
  fstatfs: ['int', 'int', ADDRESS],
  poll: ['int', ADDRESS, 'size_t', 'int'],
  pipe2: ['int', ADDRESS, 'int'],
  dup3: ['int', 'int', 'int', 'int'],
  fcntl: ['int', 'int', 'int', 'long'],
  ioctl: ['int', 'int', 'size_t', ADDRESS],
  clock_gettime: ['int', 'int', ADDRESS],

  eventfd: ['int', 'unsigned int', 'int'],
  timerfd_create: ['int', 'int', 'int'],
  timerfd_settime: ['int', 'int', 'int', ADDRESS, ADDRESS],
  timerfd_gettime: ['int', 'int', ADDRESS],
  signalfd: ['int', 'int', ADDRESS, 'int'],
  pthread_sigmask: ['int', 'int', ADDRESS, ADDRESS],
  inotify_init1: ['int', 'int'],
  inotify_add_watch: ['int', 'int', ADDRESS, 'unsigned int'],
  inotify_rm_watch: ['int', 'int', 'int'],
  waitid: ['int', 'int', 'unsigned int', ADDRESS, 'int'],
  syscall: ['long', 'long', 'long', 'long', 'long', 'long', 'long'],

  socket: ['int', 'int', 'int', 'int'],
  socketpair: ['int', 'int', 'int', 'int', ADDRESS],
  bind: ['int', 'int', ADDRESS, 'unsigned int'],
  listen: ['int', 'int', 'int'],
  accept4: ['int', 'int', ADDRESS, ADDRESS, 'int'],
  connect: ['int', 'int', ADDRESS, 'unsigned int'],
  shutdown: ['int', 'int', 'int'],
  setsockopt: ['int', 'int', 'int', 'int', ADDRESS, 'unsigned int'],
  getsockopt: ['int', 'int', 'int', 'int', ADDRESS, ADDRESS],
  getsockname: ['int', 'int', ADDRESS, ADDRESS],
  getpeername: ['int', 'int', ADDRESS, ADDRESS],
  recv: ['long', 'int', ADDRESS, 'size_t', 'int'],
  send: ['long', 'int', ADDRESS, 'size_t', 'int'],
  recvfrom: ['long', 'int', ADDRESS, 'size_t', 'int', ADDRESS, ADDRESS],
  sendto: ['long', 'int', ADDRESS, 'size_t', 'int', ADDRESS, 'unsigned int'],
  getaddrinfo: ['int', ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  freeaddrinfo: ['int', ADDRESS],
  memcpy: [ADDRESS, ADDRESS, ADDRESS, 'size_t'],
  inet_pton: ['int', 'int', ADDRESS, ADDRESS],
  inet_ntop: [ADDRESS, 'int', ADDRESS, ADDRESS, 'unsigned int'],
  if_nametoindex: ['unsigned int', ADDRESS],

  dladdr: ['int', ADDRESS, ADDRESS],
  dlopen: [ADDRESS, ADDRESS, 'int'],
  napi_get_uv_event_loop: ['int', ADDRESS, ADDRESS],
  napi_add_env_cleanup_hook: ['int', ADDRESS, ADDRESS, ADDRESS],
  napi_remove_env_cleanup_hook: ['int', ADDRESS, ADDRESS, ADDRESS],
  uv_backend_fd: ['int', ADDRESS],
  uv_walk: ['int', ADDRESS, ADDRESS, ADDRESS],
  uv_handle_get_type: ['int', ADDRESS],
  uv_fileno: ['int', ADDRESS, ADDRESS],
  uv_poll_start: ['int', ADDRESS, 'int', ADDRESS],
  uv_poll_stop: ['int', ADDRESS],
  uv_ref: ['int', ADDRESS],
  uv_unref: ['int', ADDRESS],
} satisfies Record<string, [CType, ...CType[]]>;

export type CallName = keyof typeof SIGNATURES;

/**
 * The functions of C, for this thread.
 *
 * koffi makes a function of JavaScript for each, and ends the process where a worker is terminated
 * meanwhile; calling one is safe at any time. So a worker makes all of them when it loads the
 * library, before the user's program begins. In the main thread, which nobody terminates, each is
 * made when it is first called. One that doesn't exist, or is too new for this machine, fails with
 * ENOSYS, as it does where the kernel lacks it.
 */
export const libc = { ...SIGNATURES } as unknown as Record<CallName, Call>;
const missing = new Set<CallName>();
const names = Object.keys(SIGNATURES) as CallName[];

for (const name of names) libc[name] = (...args) => bind(name)(...args);

/** Makes all functions. Throws where koffi can't be loaded. */
export function bindAll(): void {
  for (const name of names) bind(name);
}

/** Whether this machine has none of that name. */
export function isMissing(name: CallName): boolean {
  bind(name);
  return missing.has(name);
}

const bound = new Set<CallName>();

function bind(name: CallName): Call {
  if (bound.has(name)) return libc[name];
  const [result, ...parameters] = SIGNATURES[name];
  const call = libcFunction(name, result, parameters) ?? byNumber(name);
  if (!call) missing.add(name);
  libc[name] = call ?? refuse;
  bound.add(name);
  return libc[name];
}

/** syscall(2), which takes five arguments: the sixth of epoll_pwait2 is the size of its mask. */
function byNumber(name: CallName): Call | undefined {
  const number = SYSTEM_CALLS[name];
  if (number === undefined) return undefined;
  return (a, b, c, d, e) => libc.syscall(number, a!, b!, c!, d!, e!);
}

function refuse(): number {
  setErrno(ENOSYS);
  return -1;
}
