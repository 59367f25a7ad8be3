import type { Call } from './hot-calls.js';
import type { CallName } from './signatures.js';

type Numbers = readonly [x64: number, arm64: number];

/**
 * The functions that are system calls with the C library's arguments, by their numbers. As all
 * system calls here, they answer a negative errno where they fail.
 */
const SAME_ARGUMENTS: Partial<Record<CallName, Numbers>> = {
  epoll_create1: [291, 20],
  close: [3, 57],
  fstatfs: [138, 44],
  pipe2: [293, 59],
  dup3: [292, 24],
  fcntl: [72, 25],
  ioctl: [16, 29],
  clock_gettime: [228, 113],
  eventfd: [290, 19],
  timerfd_create: [283, 85],
  timerfd_gettime: [287, 87],
  inotify_init1: [294, 26],
  inotify_add_watch: [254, 27],
  inotify_rm_watch: [255, 28],
  waitid: [247, 95],
  socket: [41, 198],
  socketpair: [53, 199],
  bind: [49, 200],
  listen: [50, 201],
  connect: [42, 203],
  shutdown: [48, 210],
  setsockopt: [54, 208],
  getsockopt: [55, 209],
  getsockname: [51, 204],
  getpeername: [52, 205],
  recvfrom: [45, 207],
  sendto: [44, 206],
};
const OPENAT: Numbers = [257, 56];
const AT_FDCWD = -100;
const SIGNALFD4: Numbers = [289, 74];
/** Bytes of the kernel's sigset_t. */
const SIGSET_SIZE = 8;
/** What a function of the C library takes differently from the kernel. */
const OTHER_ARGUMENTS: CallName[] = ['open', 'signalfd', 'syscall'];

/** Whether a function answers a negative errno where it fails. */
export function failsByErrno(name: CallName): boolean {
  return name in SAME_ARGUMENTS || OTHER_ARGUMENTS.includes(name);
}

/** Such a function, by a call that takes the number of any; undefined for others. */
export function byNumber(name: CallName, call: Call): Call | undefined {
  if (name === 'syscall') return (number, ...args) => padded(call, number!, args);
  if (name === 'open') {
    return (path, flags, mode) => call(numberOf(OPENAT), AT_FDCWD, path!, flags!, mode!, 0, 0);
  }
  if (name === 'signalfd') {
    return (fd, set, flags) => call(numberOf(SIGNALFD4), fd!, set!, SIGSET_SIZE, flags!, 0, 0);
  }
  const numbers = SAME_ARGUMENTS[name];
  return numbers && ((...args) => padded(call, numberOf(numbers), args));
}

function numberOf([x64, arm64]: Numbers): number {
  return process.arch === 'x64' ? x64 : arm64;
}

/** The kernel takes six arguments at most, and the call six always. */
function padded(call: Call, number: number, [a, b, c, d, e, f]: number[]): number {
  return call(number, a ?? 0, b ?? 0, c ?? 0, d ?? 0, e ?? 0, f ?? 0);
}
