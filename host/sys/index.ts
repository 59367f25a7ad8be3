export {
  addressOf,
  type Backend,
  backend,
  FFIS,
  type Ffi,
  ffiProblem,
  ffiVariableProblem,
  useFfi,
} from './backend.js';
export { monotonicNs, realtimeNs } from './clock.js';
export {
  describeErrno,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  ECHILD,
  ECONNREFUSED,
  EDEADLK,
  EEXIST,
  EINPROGRESS,
  EINTR,
  EINVAL,
  ELOOP,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOENT,
  ENOMEM,
  ENOTCONN,
  EPERM,
  EPIPE,
  ESRCH,
} from './errno.js';
export type { SystemErrorCode } from './errno-names.js';
export { epollEventSize } from './event-size.js';
export { createEventFd, resetEventFd, ringEventFd } from './eventfd.js';
export { fileKind } from './file-kind.js';
export {
  close,
  createPipe,
  duplicate,
  makeNonBlocking,
  read,
  readAt,
  write,
  writeAt,
} from './files.js';
export { Gate } from './gate.js';
export { GATE_WORDS } from './gate-end.js';
export { lookUp } from './getaddrinfo.js';
export { addWatch, createInotify, removeWatch } from './inotify.js';
export { Kernel } from './kernel.js';
export { forget, type Lease, watchOver, watchOverNamed } from './leaks.js';
export { nativeFunction } from './libc.js';
export { ManagerKernel } from './manager-kernel.js';
export { NO_SYSCALLS } from './no-syscalls.js';
export {
  closesOnExec,
  isNonBlocking,
  openFile,
  setCloseOnExec,
  setNonBlocking,
} from './open-file.js';
export { requirePackage } from './packages.js';
export {
  CLD_EXITED,
  type Ended,
  hasEnded,
  openPidFd,
  peekExit,
  reapedStatus,
  sendSignal,
} from './pidfd.js';
export { isOnePiece, pieceOf } from './pieces.js';
export { assertCallable, noWasmReason, unsupportedReason } from './platform.js';
export { POLLIN, POLLOUT, pollFds } from './ppoll.js';
export { refuseBy } from './refusal.js';
export { blockedByThread, createSignalFd, maskOf, setBlocked } from './signalfd.js';
export {
  decodeInternet,
  decodeUnix,
  encodeInternet,
  encodeUnix,
  familyOf,
  NAME_MAX,
  PATH_BYTES_MAX,
} from './sockaddr.js';
export {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  accept,
  bind,
  connect,
  createSocket,
  createSocketPair,
  getOption,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  listen,
  nameOf,
  receive,
  receiveFrom,
  resetOnClose,
  SHUT_RD,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  sendTo,
  setOption,
  shutdown,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
  takeError,
} from './socket.js';
export type { EpollEntry, LinearMemory, PollHandle, Syscalls } from './syscalls.js';
export { currentThread, isThreadAlive } from './thread.js';
export { letGoOf } from './thread-end.js';
export { CLOCKS, createTimerFd, setTimer, TFD_TIMER_ABSTIME, timeLeft } from './timerfd.js';
