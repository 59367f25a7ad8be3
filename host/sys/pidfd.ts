import { addressOf } from './backend.js';
import { libc, SYS_PIDFD_OPEN } from './calls.js';
import { EINTR } from './errno.js';
import { again } from './interrupted.js';

/** Newer than many a C library, too. */
const SYS_PIDFD_SEND_SIGNAL = 424;
const PIDFD_NONBLOCK = 0o4000;

const P_PIDFD = 3;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
/** siginfo_t on machines of 64 bits: si_code, si_pid and si_status. */
const SIGINFO_SIZE = 128;
const AT_CODE = 8;
const AT_PID = 16;
const AT_STATUS = 24;
/** si_code: ended by itself; the others, killed and dumped, mean a signal. */
export const CLD_EXITED = 1;

/** _IOWR(0xFF, 11, struct pidfd_info) of 64 bytes, Linux 6.13; the exit code, 6.15. */
const PIDFD_GET_INFO = 0xc040ff0b;
const INFO_SIZE = 64;
const PIDFD_INFO_EXIT = 8n;
const AT_EXIT_CODE = 60;

/** struct pollfd: the fd, and in one word the events asked for and, above them, those there are. */
const pollFd = new Int32Array(2);
const POLLIN = 1;

/** pidfd_open(2), non-blocking (Linux 5.10); the kernel has it closed on exec anyway. */
export function openPidFd(pid: number): number {
  return libc.syscall(SYS_PIDFD_OPEN, pid, PIDFD_NONBLOCK, 0, 0, 0);
}

/** pidfd_send_signal(2): 0 or a negative errno. */
export function sendSignal(fd: number, signal: number): number {
  return libc.syscall(SYS_PIDFD_SEND_SIGNAL, fd, signal, 0, 0, 0);
}

/** poll(2), without waiting: whether the process has ended, though its parent may not know yet. */
export function hasEnded(fd: number): boolean {
  pollFd[0] = fd;
  pollFd[1] = POLLIN;
  return libc.poll(addressOf(pollFd), 1, 0) > 0 && ((pollFd[1] >>> 16) & POLLIN) !== 0;
}

/** How a process ended: CLD_EXITED with its exit status, or another code with a signal. */
export interface Ended {
  code: number;
  status: number;
}

/**
 * waitid(2) without waiting. Null while the process runs, a negative errno (ECHILD) when it is no
 * child of ours, or was waited for. Unless it is to be reaped, it stays there for whoever waits.
 */
export function peekExit(fd: number, reap: boolean): Ended | null | number {
  const info = Buffer.alloc(SIGINFO_SIZE);
  const options = WEXITED | WNOHANG | (reap ? 0 : WNOWAIT);
  const wait = () => libc.waitid(P_PIDFD, fd, addressOf(info), options);
  const status = wait();
  const result = status === -EINTR ? again(wait) : status;
  if (result < 0) return result;
  if (info.readInt32LE(AT_PID) === 0) return null;
  return { code: info.readInt32LE(AT_CODE), status: info.readInt32LE(AT_STATUS) };
}

/** ioctl(PIDFD_GET_INFO): the wait status of a process that was reaped, where the kernel tells. */
export function reapedStatus(fd: number): number | undefined {
  const info = Buffer.alloc(INFO_SIZE);
  info.writeBigUInt64LE(PIDFD_INFO_EXIT, 0);
  if (libc.ioctl(fd, PIDFD_GET_INFO, addressOf(info)) < 0) return undefined;
  if ((info.readBigUInt64LE(0) & PIDFD_INFO_EXIT) === 0n) return undefined;
  return info.readInt32LE(AT_EXIT_CODE);
}
