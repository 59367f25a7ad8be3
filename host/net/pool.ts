import { addressOf } from '../sys/index.js';
import { handOut } from './location.js';

/** What one read can bring: a page of WebAssembly's memory. */
const POOL_BYTES = 65_536;
/** Views of up to so many bytes are kept: they are few, and making one costs more than a copy. */
const VIEWS_MAX = 2_048;

/**
 * A buffer that all reads of a thread share. The views on it that handlers get are made once for
 * each length, so that a read allocates nothing.
 *
 * It is WebAssembly's memory, since the kernel writes to its address: a handler that transfers the
 * ArrayBuffer behind its view would have the next read write into memory that is someone else's by
 * then. This kind of ArrayBuffer can't be transferred, detached or resized.
 */
export class ReadPool {
  readonly bytes = Buffer.from(new WebAssembly.Memory({ initial: 1, maximum: 1 }).buffer);
  readonly size = POOL_BYTES;
  readonly address = addressOf(this.bytes);
  readonly #views: (Buffer | undefined)[] = [this.bytes.subarray(0, 0)];

  /** The first `length` bytes. */
  view(length: number): Buffer {
    const view = length <= VIEWS_MAX ? this.#keptView(length) : this.bytes.subarray(0, length);
    handOut(view, this.address);
    return view;
  }

  #keptView(length: number): Buffer {
    // Filled from below, since an array with holes at its start is slower.
    for (let next = this.#views.length; next <= length; next += 1) this.#views.push(undefined);
    const view = this.#views[length] ?? this.bytes.subarray(0, length);
    this.#views[length] = view;
    return view;
  }
}

const pools: ReadPool[] = [];
let depth = 0;

/**
 * A pool that nobody reads into, until `returnPool`: a handler in the middle of its chunk may run
 * another manager, whose reads must not overwrite that.
 */
export function borrowPool(): ReadPool {
  const pool = pools[depth] ?? new ReadPool();
  pools[depth] = pool;
  depth += 1;
  return pool;
}

export function returnPool(): void {
  depth -= 1;
}
