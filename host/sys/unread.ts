import { readFileSync } from 'node:fs';
import { addressOf } from './backend.js';
import { libc } from './calls.js';
import { getOption, SO_TYPE, SOCK_STREAM, SOL_SOCKET } from './socket.js';

const FIONREAD = 0x541b;
const SOCK_SEQPACKET = 5;

const count = new Int32Array(1);

/**
 * How much of a fd is unread: bytes, or what its counter has come to. 0 where that isn't known, as
 * of a datagram socket, which tells of its first datagram alone.
 */
export function unread(fd: number): number {
  const type = getOption(fd, SOL_SOCKET, SO_TYPE);
  if (type >= 0 && type !== SOCK_STREAM && type !== SOCK_SEQPACKET) return 0;
  if (libc.ioctl(fd, FIONREAD, addressOf(count)) >= 0) return count[0]!;
  return type < 0 ? counterOf(fd) : 0;
}

/** proc_pid_fdinfo(5): of an eventfd or a timerfd. A pidfd is one that nobody can read. */
function counterOf(fd: number): number {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
    // One is in hexadecimal, and the others are compared alone.
    const [, digits] = /^(?:eventfd-count|ticks|Pid):\s*-?([0-9a-f]+)$/m.exec(text) ?? [];
    return digits === undefined ? 0 : Number.parseInt(digits, 16);
  } catch {
    return 0;
  }
}
