import { constants } from 'node:os';

/**
 * Every function of C that the library calls, with the errors that its manual page has for such
 * calls. A function that is bound and has no row here fails the test of docs/faults.md.
 */
export const ERRORS: Readonly<Record<string, string>> = {
  epoll_create1: 'EMFILE ENFILE ENOMEM',
  epoll_ctl: 'EBADF EEXIST EINVAL ELOOP ENOENT ENOMEM ENOSPC EPERM',
  epoll_wait: 'EINTR EBADF EFAULT EINVAL',
  // ENOSYS last: it is not called again after that.
  epoll_pwait2: 'EINTR EBADF EINVAL ENOSYS',
  read: 'EAGAIN EINTR EBADF EIO EINVAL',
  write: 'EAGAIN EINTR EBADF EIO EINVAL ENOSPC EPIPE',
  close: 'EINTR EIO EBADF',
  open: 'EACCES EINTR ELOOP EMFILE ENFILE ENODEV ENOENT ENOMEM ENXIO',
  fstatfs: 'EINTR EIO ENOSYS',
  poll: 'EINTR ENOMEM',
  pipe2: 'EMFILE ENFILE',
  dup3: 'EBADF EBUSY EINTR EMFILE',
  fcntl: 'EBADF EINVAL EMFILE EPERM',
  ioctl: 'EBADF EINVAL ENOTTY',
  eventfd: 'EMFILE ENFILE ENODEV ENOMEM',
  timerfd_create: 'EMFILE ENFILE ENODEV ENOMEM EPERM',
  timerfd_settime: 'EBADF EINVAL',
  timerfd_gettime: 'EBADF EINVAL',
  signalfd: 'EMFILE ENFILE ENODEV ENOMEM',
  inotify_init1: 'EMFILE ENFILE ENOMEM',
  inotify_add_watch: 'EACCES ENOENT ENOMEM ENOSPC ENOTDIR',
  inotify_rm_watch: 'EBADF EINVAL',
  waitid: 'ECHILD EINTR EINVAL',
  pidfd_open: 'EINVAL EMFILE ENFILE ENODEV ENOMEM ENOSYS ESRCH',
  pidfd_send_signal: 'EPERM ESRCH ENOSYS',
  io_setup: 'EAGAIN ENOMEM ENOSYS EPERM',
  io_submit: 'EAGAIN EINVAL ENOSYS',
  io_cancel: 'EAGAIN EINVAL',
  io_destroy: 'EINVAL',
  socket: 'EACCES EAFNOSUPPORT EMFILE ENFILE ENOBUFS ENOMEM',
  socketpair: 'EMFILE ENFILE EOPNOTSUPP',
  bind: 'EACCES EADDRINUSE EADDRNOTAVAIL EINVAL ENOMEM',
  listen: 'EADDRINUSE EOPNOTSUPP',
  accept4: 'EAGAIN ECONNABORTED EINTR EINVAL EMFILE ENFILE ENOBUFS ENOMEM EPERM EPROTO',
  connect: 'EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN ECONNREFUSED EINTR ENETUNREACH EPERM ETIMEDOUT',
  shutdown: 'EINVAL ENOBUFS',
  setsockopt: 'EINVAL ENOMEM ENOPROTOOPT',
  getsockopt: 'EINVAL ENOBUFS ENOPROTOOPT',
  getsockname: 'EINVAL ENOBUFS',
  getpeername: 'ENOBUFS',
  recv: 'EAGAIN ECONNRESET EINTR ENOMEM ENOTCONN ETIMEDOUT',
  send: 'EAGAIN ECONNRESET EINTR ENOBUFS ENOMEM EPIPE',
  recvfrom: 'EAGAIN ECONNREFUSED EINTR ENOMEM',
  sendto: 'EAGAIN ECONNREFUSED EHOSTUNREACH EINTR EMSGSIZE ENETUNREACH ENOBUFS ENOMEM EPERM',
  getaddrinfo: 'EAI_NONAME EAI_AGAIN EAI_FAIL EAI_NODATA EAI_MEMORY EAI_SYSTEM',
};

/** Those that have no errno, or that nothing is made of, and what becomes of them. */
export const WITHOUT: Readonly<Record<string, string>> = {
  io_getevents: 'fails only for a context that doesn’t exist: it is asked not to wait',
  syscall: 'the way to the calls that have no function: each has a row of its own',
  clock_gettime: 'fails only for a clock that doesn’t exist; the library asks for CLOCK_REALTIME',
  pthread_sigmask: 'fails only for an operation that doesn’t exist',
  pthread_mutexattr_init: 'can’t fail on Linux',
  pthread_mutexattr_setrobust: 'fails only for a value that doesn’t exist',
  pthread_mutex_init: 'can’t fail on Linux',
  pthread_mutex_trylock: 'answers EBUSY or EOWNERDEAD, which is what it is asked for',
  pthread_mutex_consistent: 'fails only for a mutex whose owner lives',
  pthread_mutex_unlock: 'fails only for a mutex of another thread',
  freeaddrinfo: 'answers nothing',
  memcpy: 'can’t fail',
  inet_pton: 'answers 0 for what is no address: `net.isIP` is asked first',
  inet_ntop: 'fails only for a buffer that is too small',
  if_nametoindex: 'answers 0 for an interface that doesn’t exist: an error at `connect` says so',
  dladdr: 'answers 0 for an address of no library: nothing is kept loaded then',
  dlopen: 'opens what is loaded already',
  napi_get_uv_event_loop: 'fails only without an environment',
  napi_add_env_cleanup_hook: 'fails only without an environment',
  napi_remove_env_cleanup_hook: 'fails only without an environment',
  uv_backend_fd: 'can’t fail',
  uv_walk: 'can’t fail',
  uv_handle_get_type: 'can’t fail',
  uv_fileno: 'UV_EBADF for a handle that is closing, which is passed over',
  uv_poll_start: 'fails only for a handle that is closing; ours never are',
  uv_poll_stop: 'can’t fail',
  uv_ref: 'can’t fail',
  uv_unref: 'can’t fail',
};

/** Why nobody is told: for a call, or for one of its errors. */
export const UNNOTICED: Readonly<Record<string, string>> = {
  close: 'Linux has closed the fd whatever it answers',
  'epoll_wait EINTR': 'waited again',
  'epoll_pwait2 EINTR': 'waited again',
  'epoll_pwait2 ENOSYS': 'rounded up to whole milliseconds from then on',
  epoll_ctl: 'removing what is closed anyway; or another call puts the entry right',
  'read EAGAIN': 'read again when the fd is readable',
  'read EINTR': 'called again',
  read: 'a bell stays readable, and is read in the next turn',
  'write EAGAIN': 'a counter that is full is readable, and so wakes as well',
  'write EINTR': 'called again',
  write: 'what was submitted is found in the next turn',
  dup3: 'a number of the loop’s own stays as it is until it is next needed',
  fstatfs: 'the file is watched as others are',
  io_setup: 'the file is watched as others are',
  io_submit: 'the file is watched as others are',
  io_cancel: 'the request is forgotten, and its answer not heard',
  io_destroy: 'the kernel has no such context any more',
  fcntl: 'a file that can’t be made blocking again is handed back as it is',
  ioctl: 'an older kernel: how a process ended that was reaped isn’t known',
  'inotify_rm_watch EINVAL': 'the file is gone, and its watch with it',
  'open EINTR': 'called again',
  'waitid EINTR': 'called again',
  'waitid ECHILD': 'no child of ours: the kernel is asked otherwise',
  poll: 'asked again at the next look',
  'socket EAFNOSUPPORT': 'the other family is tried',
  'connect EINTR': 'it goes on, and its end is reported',
  accept4: 'that connection is gone, or is taken in the next turn',
  send: 'sent when the socket is writable; after a signal at once',
  sendto: 'called again',
  recv: 'read when the socket is readable; after a signal at once',
  recvfrom: 'read when the socket is readable; after a signal at once',
  timerfd_settime: 'the timer that is set next sets it anew',
};

/** What no injection can bring about, as the kernel doesn't answer it alone. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'epoll_pwait2 EPERM': 'as ENOSYS, once in a process: `test/refused-calls.test.ts` has it',
  'shutdown ENOTCONN': 'the connection is gone, which comes with a hang-up or an error event',
  'getpeername ENOTCONN': 'as above',
};

const LOOKUP_CODES: Record<string, number> = {
  EAI_NONAME: 2,
  EAI_AGAIN: 3,
  EAI_FAIL: 4,
  EAI_NODATA: 5,
  EAI_MEMORY: 10,
  EAI_SYSTEM: 11,
};

export function numberOf(error: string): number {
  return LOOKUP_CODES[error] ?? constants.errno[error as keyof typeof constants.errno]!;
}
