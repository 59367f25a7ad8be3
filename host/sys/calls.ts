import { hotCalls } from './backend.js';
import type { Call } from './hot-calls.js';
import { negativeErrno } from './libc.js';
import { isAbsent, libcCall } from './libc-calls.js';
import { type CallName, SIGNATURES } from './signatures.js';
import { byNumber, failsByErrno } from './system-calls.js';

/** fcntl(2): the lowest free number that shares the file, closed on exec. */
export const F_DUPFD_CLOEXEC = 1030;
/** pidfd_open(2), newer than many a C library. Its number is the same on every machine. */
export const SYS_PIDFD_OPEN = 434;

const names = Object.keys(SIGNATURES) as CallName[];
const bound = new Set<CallName>();

/**
 * The functions of C, for this thread: those that aren't called often (`hot-calls.ts`). System
 * calls answer a negative errno where they fail.
 *
 * koffi makes a function of JavaScript for each, and ends the process where a worker is terminated
 * meanwhile; calling one is safe at any time. So a worker makes all of them when it loads the
 * library, before the user's program begins. In the main thread, which nobody terminates, each is
 * made when it is first called.
 */
export const libc = { ...SIGNATURES } as unknown as Record<CallName, Call>;

for (const name of names) libc[name] = (...args) => bind(name)(...args);

/** Makes all functions. Throws where koffi can't be loaded. */
export function bindAll(): void {
  for (const name of names) bind(name);
}

/** Whether this machine has none of that name. */
export function isMissing(name: CallName): boolean {
  bind(name);
  return isAbsent(name);
}

function bind(name: CallName): Call {
  if (bound.has(name)) return libc[name];
  const { call } = hotCalls();
  const direct = call && byNumber(name, call);
  libc[name] = direct ?? (failsByErrno(name) ? negating(libcCall(name)) : libcCall(name));
  bound.add(name);
  return libc[name];
}

function negating(call: Call): Call {
  return (...args) => {
    const result = call(...args);
    return result < 0 ? negativeErrno() : result;
  };
}
