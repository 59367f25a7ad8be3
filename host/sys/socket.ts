import { addressOf, hotCalls } from './backend.js';
import { libc } from './calls.js';
import { EINPROGRESS, EINTR } from './errno.js';
import { again } from './interrupted.js';
import { pair } from './thread-end.js';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_ACCEPTCONN = 30;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const IPPROTO_IP = 0;
export const IP_TTL = 2;
export const IPPROTO_IPV6 = 41;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_V6ONLY = 26;

export const SHUT_RD = 0;
export const SHUT_WR = 1;
/** A peer that is gone is an error of the call, and not a SIGPIPE. */
const MSG_NOSIGNAL = 0x4000;

/** One option's value, or a struct linger, and its length: read or written during a call only. */
const option = new Int32Array(2);
const optionLength = new Uint32Array(1);
const INT_SIZE = 4;

/** socket(2), a stream's or `type`, non-blocking, closed on exec: a fd, or a negative errno. */
export function createSocket(family: number, type: number = SOCK_STREAM): number {
  return libc.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/** socketpair(2), both ends non-blocking and closed on exec: two fds, or a negative errno. */
export function createSocketPair(): [number, number] | number {
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const result = libc.socketpair(AF_UNIX, type, 0, addressOf(pair));
  return result < 0 ? result : [pair[0]!, pair[1]!];
}

/** bind(2): 0 or a negative errno. */
export function bind(fd: number, name: Uint8Array): number {
  return libc.bind(fd, addressOf(name), name.byteLength);
}

/** listen(2): 0 or a negative errno. */
export function listen(fd: number, backlog: number): number {
  return libc.listen(fd, backlog);
}

/** accept4(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function accept(fd: number): number {
  const flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  const accepted = hotCalls().accept(fd, flags);
  return accepted === -EINTR ? again(() => hotCalls().accept(fd, flags)) : accepted;
}

/** connect(2): 0 or a negative errno. EINPROGRESS is none: it goes on by itself. */
export function connect(fd: number, name: Uint8Array): number {
  const status = libc.connect(fd, addressOf(name), name.byteLength);
  return status === -EINTR ? -EINPROGRESS : status; // So it does after a signal.
}

/** shutdown(2): 0 or a negative errno. */
export function shutdown(fd: number, how: number): number {
  return libc.shutdown(fd, how);
}

/** setsockopt(2) of an int: 0 or a negative errno. */
export function setOption(fd: number, level: number, name: number, value: number): number {
  option[0] = value;
  return libc.setsockopt(fd, level, name, addressOf(option), INT_SIZE);
}

/** SO_LINGER with no time at all: the coming close(2) resets the connection. */
export function resetOnClose(fd: number): number {
  option[0] = 1;
  option[1] = 0;
  const size = 2 * INT_SIZE;
  return libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, addressOf(option), size);
}

/** getsockopt(2) of an int: its value, or a negative errno. */
export function getOption(fd: number, level: number, name: number): number {
  optionLength[0] = INT_SIZE;
  const length = addressOf(optionLength);
  const result = libc.getsockopt(fd, level, name, addressOf(option), length);
  return result < 0 ? result : option[0]!;
}

/** The error that is pending on a socket (SO_ERROR), taken from it: a negative errno, or 0. */
export function takeError(fd: number): number {
  return -Math.abs(getOption(fd, SOL_SOCKET, SO_ERROR));
}

/** getsockname(2) or getpeername(2) into `name`: the length, or a negative errno. */
export function nameOf(fd: number, end: 'local' | 'remote', name: Uint8Array): number {
  optionLength[0] = name.byteLength;
  const call = end === 'local' ? libc.getsockname : libc.getpeername;
  const result = call(fd, addressOf(name), addressOf(optionLength));
  return result < 0 ? result : optionLength[0]!;
}

/** recv(2): bytes, 0 at the end of the stream, or a negative errno. */
export function receive(fd: number, address: number, length: number): number {
  const result = hotCalls().recv(fd, address, length);
  return result === -EINTR ? again(() => hotCalls().recv(fd, address, length)) : result;
}

/** send(2), without a signal: bytes taken, or a negative errno. */
export function send(fd: number, address: number, length: number): number {
  const result = hotCalls().send(fd, address, length, MSG_NOSIGNAL);
  if (result !== -EINTR) return result;
  return again(() => hotCalls().send(fd, address, length, MSG_NOSIGNAL));
}

/** recvfrom(2): bytes, or a negative errno. `length` is that of the name, in and out. */
export function receiveFrom(
  fd: number,
  address: number,
  size: number,
  name: number,
  length: number,
): number {
  const result = libc.recvfrom(fd, address, size, 0, name, length);
  if (result !== -EINTR) return result;
  return again(() => libc.recvfrom(fd, address, size, 0, name, length));
}

/** sendto(2), without a signal; a name of 0 is the connected peer. Bytes, or a negative errno. */
export function sendTo(
  fd: number,
  address: number,
  size: number,
  name: number,
  length: number,
): number {
  const result = libc.sendto(fd, address, size, MSG_NOSIGNAL, name, length);
  if (result !== -EINTR) return result;
  return again(() => libc.sendto(fd, address, size, MSG_NOSIGNAL, name, length));
}
