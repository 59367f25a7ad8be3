import type { Syscalls } from './syscalls.js';

const ENOSYS = 38;
const refuse = () => -ENOSYS;

/** For a core whose tables are used without an epoll instance, such as a clock's timer heap. */
export const NO_SYSCALLS: Syscalls = Object.freeze({
  eventSize: 12,
  create: refuse,
  ctl: refuse,
  wait: refuse,
  close: refuse,
  read: refuse,
  write: refuse,
  clock: () => 0,
});
