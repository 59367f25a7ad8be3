import { EAGAIN, receive } from '../sys/index.js';
import { borrowPool, returnPool } from './pool.js';

/** Who reads. Each is looked at anew after every chunk, since handlers change them. */
interface Reader {
  readonly fd: number;
  readonly closed: boolean;
  readonly paused: boolean;
  take(bytes: Buffer): void;
}

/** All was read that there was, or the reader wants no more now. */
export const READ_DONE = 1;
/** The budget is used up, and there may be more. */
export const READ_MORE = 2;

/**
 * recv(2) until nothing is left, for `budget` bytes at the most: READ_DONE, READ_MORE, 0 at the end
 * of the stream, or a negative errno.
 *
 * A chunk that leaves room in the buffer is the last one, for now. But urgent data cuts a read
 * short too, and an edge-triggered socket isn't reported again: then `untilEmpty` asks once more.
 */
export function readAll(reader: Reader, budget: number, untilEmpty: boolean): number {
  const pool = borrowPool();
  try {
    for (let left = budget; left > 0; ) {
      const room = Math.min(left, pool.size);
      const length = receive(reader.fd, pool.address, room);
      if (length <= 0) return length === -EAGAIN ? READ_DONE : length;
      left -= length;
      reader.take(pool.view(length));
      if (reader.closed || reader.paused) return READ_DONE;
      if (length < room && !untilEmpty) return READ_DONE;
    }
  } finally {
    returnPool();
  }
  return READ_MORE;
}
