import {
  checkCount,
  checkOptions,
  type EventOps,
  type FdSource,
  fdOf,
  systemError,
} from '../contract/index.js';
import { AdoptedFd, OwnedFd, PipeReader, withoutWaiting } from '../sources/index.js';
import { EAGAIN, readAt } from '../sys/index.js';
import { borrowPool, returnPool } from './pool.js';
import { READ_BUDGET_BYTES } from './stream-handlers.js';

/**
 * Why a drain ended: `'empty'`, all that was there has been read; `'end'`, and nothing more will
 * come; `'budget'`, there may be more, and the fd comes again in the next turn; `'stopped'`, by
 * the consumer.
 */
export type Drained = 'empty' | 'end' | 'budget' | 'stopped';

/**
 * Reads a fd, also one that is blocking, until it would block, as an edge-triggered registration
 * requires, but `budget` bytes at the most (262 144 by default). When the budget is used up,
 * `drain` calls `ops.rearm`, so that the kernel reports the fd again in the next turn: no byte is
 * stranded, and no other fd starves.
 *
 * `consume` gets a view that is valid during the call only. When it returns false, or closes the
 * source, `drain` stops. Call `drain` from inside a handler, with that handler's `ops`.
 *
 * @throws what read(2) failed with; what `consume` throws
 * @example
 * process(events, ops) {
 *   if (drain(reader, ops, (bytes) => hash.update(bytes)) === 'end') ops.remove(reader);
 * }
 */
export function drain(
  source: FdSource,
  ops: Pick<EventOps, 'rearm'>,
  consume: (bytes: Buffer) => unknown,
  options: { budget?: number } = {},
): Drained {
  checkOptions('drain', options, { budget: true });
  const { budget = READ_BUDGET_BYTES } = options;
  let left = checkCount('budget', budget, 1, Number.MAX_SAFE_INTEGER);
  const fd = fdOf(source);
  const guarded = othersMayBlock(source);
  const pool = borrowPool();
  const read = () => readAt(fd, pool.address, Math.min(left, pool.size));
  try {
    while (left > 0) {
      const length = guarded ? withoutWaiting(fd, read) : read();
      if (length === 0) return 'end';
      if (length === -EAGAIN) return 'empty';
      if (length < 0) throw systemError(length, 'read', fd);
      if (consume(pool.view(length)) === false) return 'stopped';
      if (typeof source === 'object' && source.fd !== fd) return 'stopped';
      left -= length;
    }
  } finally {
    returnPool();
  }
  ops.rearm(fd);
  return 'budget';
}

/** Whether the file may be shared with others, who can make it blocking at any time. */
function othersMayBlock(source: FdSource): boolean {
  if (source instanceof AdoptedFd) return true;
  return source instanceof PipeReader ? source.blocking : !(source instanceof OwnedFd);
}
