import { ENOSYS } from './errno.js';
import { epollEventSize } from './event-size.js';
import type { Call, HotCalls } from './hot-calls.js';
import { koffiAddressOf as addressOf, koffiFunction, negativeErrno, setErrno } from './libc.js';
import { type CallName, SIGNATURES } from './signatures.js';

const COUNTER_SIZE = 8;
/** What the upper half of 64 bits counts. */
const UPPER = 2 ** 32;

const missing = new Set<CallName>();

/**
 * A function of the C library, which sets errno where it fails. One that doesn't exist, or is too
 * new for this machine, fails with ENOSYS, as it does where the kernel lacks it.
 */
export function libcCall(name: CallName): Call {
  const [result, ...parameters] = SIGNATURES[name];
  const call = koffiFunction(name, result, parameters);
  if (call) return call;
  missing.add(name);
  return () => {
    setErrno(ENOSYS);
    return -1;
  };
}

/** Whether this machine has none of a name that was made. */
export function isAbsent(name: CallName): boolean {
  return missing.has(name);
}

/** The calls by koffi and the C library: always there. */
export function libcCalls(): HotCalls {
  return { ...epollCalls(), ...fileCalls(), ...counterCalls(), ...timerCalls(), addressOf };
}

function epollCalls(): Pick<HotCalls, 'wait' | 'waitNs' | 'ctl'> {
  const [wait, waitNs, ctl] = [
    libcCall('epoll_wait'),
    libcCall('epoll_pwait2'),
    libcCall('epoll_ctl'),
  ];
  // One epoll_event and one timespec, reused: both are read before the call returns.
  const event = new Uint32Array(4);
  const dataAt = (epollEventSize() - 8) / 4;
  const eventAddress = addressOf(event);
  const timespec = new Uint32Array(4);
  const timespecAddress = addressOf(timespec);
  return {
    wait: (epfd, events, max, milliseconds) => {
      const count = wait(epfd, events, max, milliseconds);
      return count < 0 ? negativeErrno() : count;
    },
    waitNs: (epfd, events, max, seconds, ns) => {
      writeTime(timespec, 0, seconds, ns);
      const count = waitNs(epfd, events, max, timespecAddress, 0, 0);
      return count < 0 ? negativeErrno() : count;
    },
    ctl: (epfd, operation, fd, interest, slot, generation) => {
      event[0] = interest;
      event[dataAt] = slot;
      event[dataAt + 1] = generation;
      return ctl(epfd, operation, fd, eventAddress) < 0 ? negativeErrno() : 0;
    },
  };
}

function fileCalls(): Pick<HotCalls, 'read' | 'write' | 'recv' | 'send' | 'accept'> {
  const [read, write] = [libcCall('read'), libcCall('write')];
  const [recv, send, accept4] = [libcCall('recv'), libcCall('send'), libcCall('accept4')];
  return {
    read: (fd, address, length) => {
      const count = read(fd, address, length);
      return count < 0 ? negativeErrno() : count;
    },
    write: (fd, address, length) => {
      const count = write(fd, address, length);
      return count < 0 ? negativeErrno() : count;
    },
    recv: (fd, address, length) => {
      const count = recv(fd, address, length, 0);
      return count < 0 ? negativeErrno() : count;
    },
    send: (fd, address, length, flags) => {
      const count = send(fd, address, length, flags);
      return count < 0 ? negativeErrno() : count;
    },
    accept: (fd, flags) => {
      const accepted = accept4(fd, 0, 0, flags);
      return accepted < 0 ? negativeErrno() : accepted;
    },
  };
}

function counterCalls(): Pick<HotCalls, 'ring' | 'reset'> {
  const [read, write] = [libcCall('read'), libcCall('write')];
  const counter = new Uint32Array(2);
  const address = addressOf(counter);
  return {
    ring: (fd, value) => {
      counter[0] = value;
      counter[1] = value / UPPER;
      return write(fd, address, COUNTER_SIZE) < 0 ? negativeErrno() : COUNTER_SIZE;
    },
    reset: (fd) => (read(fd, address, COUNTER_SIZE) < 0 ? negativeErrno() : COUNTER_SIZE),
  };
}

function timerCalls(): Pick<HotCalls, 'setTimer'> {
  const setTime = libcCall('timerfd_settime');
  /** struct itimerspec: the interval, then the first expiration. */
  const times = new Uint32Array(8);
  const address = addressOf(times);
  return {
    setTimer: (fd, flags, seconds, ns, intervalSeconds, intervalNs) => {
      writeTime(times, 0, intervalSeconds, intervalNs);
      writeTime(times, 4, seconds, ns);
      return setTime(fd, flags, address, 0) < 0 ? negativeErrno() : 0;
    },
  };
}

/** struct timespec, of two 64 bits each: little-endian, as wherever koffi runs. */
function writeTime(words: Uint32Array, at: number, seconds: number, ns: number): void {
  words[at] = seconds;
  words[at + 1] = seconds / UPPER;
  words[at + 2] = ns;
}
