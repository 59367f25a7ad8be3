import { EINTR } from './errno.js';

/** A call that was interrupted so often in a row has failed. */
const INTERRUPTIONS_MAX = 64;

/** A call that a signal has interrupted, made again as long as that is so. */
export function again(call: () => number): number {
  let result = -EINTR;
  for (let i = 0; i < INTERRUPTIONS_MAX && result === -EINTR; i += 1) result = call();
  return result;
}
