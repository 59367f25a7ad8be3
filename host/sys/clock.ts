import { addressOf } from './backend.js';
import { libc } from './calls.js';

const CLOCK_REALTIME = 0;
const SECOND = 1_000_000_000n;

const timespec = new BigInt64Array(2);

/** clock_gettime(CLOCK_REALTIME): nanoseconds since 1970. */
export function realtimeNs(): bigint {
  libc.clock_gettime(CLOCK_REALTIME, addressOf(timespec));
  return timespec[0]! * SECOND + timespec[1]!;
}

/** clock_gettime(CLOCK_MONOTONIC), in nanoseconds, by way of Node. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint();
}
