import { EINTR } from './errno.js';
import { type Call, negativeErrno } from './libc.js';

/** A call that was interrupted so often in a row has failed. */
const INTERRUPTIONS_MAX = 64;

/**
 * Of a call that has just failed: a negative errno; or, where it was a signal that interrupted it,
 * what it answers when it is made again.
 */
export function unlessInterrupted(call: Call, ...args: number[]): number {
  for (let i = 0; i < INTERRUPTIONS_MAX; i += 1) {
    const status = negativeErrno();
    if (status !== -EINTR) return status;
    const result = call(...args);
    if (result >= 0) return result;
  }
  return negativeErrno();
}
