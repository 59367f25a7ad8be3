import { constants } from 'node:os';

/**
 * Every function of C that the library calls, with the errors that its manual page has for such
 * calls. A function that is bound and has no row here fails the test of docs/faults.md.
 */
export const ERRORS: Readonly<Record<string, string>> = {
  epoll_create1: 'EMFILE ENFILE ENOMEM',
  epoll_ctl: 'EBADF EEXIST EINVAL ELOOP ENOENT ENOMEM ENOSPC EPERM',
  epoll_wait: 'EINTR EBADF EFAULT EINVAL',
  epoll_pwait2: 'EINTR ENOSYS EPERM EBADF EINVAL',
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
  io_getevents: 'EINTR EINVAL',
  io_cancel: 'EAGAIN EINVAL',
  io_destroy: 'EINVAL',
  socket: 'EACCES EAFNOSUPPORT EMFILE ENFILE ENOBUFS ENOMEM',
  socketpair: 'EMFILE ENFILE EOPNOTSUPP',
  bind: 'EACCES EADDRINUSE EADDRNOTAVAIL EINVAL ENOMEM',
  listen: 'EADDRINUSE EOPNOTSUPP',
  accept4: 'EAGAIN ECONNABORTED EINTR EINVAL EMFILE ENFILE ENOBUFS ENOMEM EPERM EPROTO',
  connect: 'EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN ECONNREFUSED EINTR ENETUNREACH EPERM ETIMEDOUT',
  shutdown: 'EINVAL ENOBUFS ENOTCONN',
  setsockopt: 'EINVAL ENOMEM ENOPROTOOPT',
  getsockopt: 'EINVAL ENOBUFS ENOPROTOOPT',
  getsockname: 'EINVAL ENOBUFS',
  getpeername: 'ENOBUFS ENOTCONN',
  recv: 'EAGAIN ECONNRESET EINTR ENOMEM ENOTCONN ETIMEDOUT',
  send: 'EAGAIN ECONNRESET EINTR ENOBUFS ENOMEM EPIPE',
  recvfrom: 'EAGAIN ECONNREFUSED EINTR ENOMEM',
  sendto: 'EAGAIN ECONNREFUSED EHOSTUNREACH EINTR EMSGSIZE ENETUNREACH ENOBUFS ENOMEM EPERM',
  getaddrinfo: 'EAI_NONAME EAI_AGAIN EAI_FAIL EAI_NODATA EAI_MEMORY EAI_SYSTEM',
};

/** Those that have no errno, or that nothing is made of, and what becomes of them. */
export const WITHOUT: Readonly<Record<string, string>> = {
  syscall: 'the way to the calls that have no function: each has a row of its own',
  clock_gettime: 'fails only for a clock that doesn’t exist; the library asks for CLOCK_REALTIME',
  pthread_sigmask: 'fails only for an operation that doesn’t exist',
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
