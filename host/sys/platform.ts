import { hotCalls } from './backend.js';

/** Why this process can't have an epoll instance, as a sentence; undefined where it can. */
export function unsupportedReason(): string | undefined {
  if (process.platform !== 'linux') {
    return `epoll is an interface of Linux, and this is ${process.platform}`;
  }
  try {
    hotCalls();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) throw error; // The stack is used up.
    const failure = error instanceof Error ? error.message : String(error);
    return `koffi, which makes the system calls, could not be loaded: ${failure}`;
  }
}
