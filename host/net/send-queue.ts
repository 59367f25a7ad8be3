import { EventManagerError, invalidType } from '../contract/index.js';
import { addressOf, EAGAIN, send } from '../sys/index.js';
import { locationOf } from './location.js';

/** Small writes gather in blocks of this size. */
const BLOCK_BYTES = 16_384;
/** Empty blocks that are kept for the next slow reader of the thread. */
const SPARE_MAX = 64;

interface Block {
  readonly bytes: Uint8Array;
  readonly address: number;
  start: number;
  end: number;
}

const spare: Block[] = [];

/** What the socket would not take at once waits here, copied, in order. */
export class SendQueue {
  /** Bytes that the kernel has taken. */
  sent = 0;
  readonly #highWaterMark: number;
  readonly #blocks: Block[] = [];
  #length = 0;
  #drainWanted = false;
  #torn: unknown;

  constructor(highWaterMark: number) {
    this.#highWaterMark = highWaterMark;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** Whether it has reached the high-water mark, and was not empty since. */
  get full(): boolean {
    return this.#drainWanted;
  }

  /** Whether a write ended half way, for want of stack or memory. */
  get torn(): boolean {
    return this.#torn !== undefined;
  }

  /** Why it takes nothing any more, then. */
  get failure(): EventManagerError {
    const message = 'a write ended half way, and what follows would make no sense to the peer';
    return new EventManagerError('ERR_CLOSED', message, { cause: this.#torn });
  }

  /** Has `takeDrained` answer true once this is empty. */
  wantDrained(): void {
    this.#drainWanted = true;
  }

  /** Sends, or keeps, what may not be sent now or is left over: 0, or a negative errno. */
  write(fd: number, bytes: Uint8Array, now: boolean): number {
    let taken = 0;
    if (now && this.#length === 0) {
      taken = send(fd, locationOf(bytes), bytes.length);
      if (taken === -EAGAIN) taken = 0;
      if (taken < 0) return taken;
      this.sent += taken;
      if (taken === bytes.length) return 0;
    }
    try {
      this.#push(taken === 0 ? bytes : bytes.subarray(taken));
    } catch (error) {
      this.#torn = error;
      throw error;
    }
    if (this.#length >= this.#highWaterMark) this.#drainWanted = true;
    return 0;
  }

  /** Whether a writer waits for this, now that it is empty. Asks once. */
  takeDrained(): boolean {
    const wanted = this.#drainWanted && this.#length === 0;
    if (wanted) this.#drainWanted = false;
    return wanted;
  }

  /** Sends until all is gone, or the socket takes no more: 0 for either, or a negative errno. */
  flush(fd: number): number {
    for (let block = this.#blocks[0]; block; block = this.#blocks[0]) {
      const sent = send(fd, block.address + block.start, block.end - block.start);
      if (sent === -EAGAIN) return 0;
      if (sent < 0) return sent;
      block.start += sent;
      this.sent += sent;
      this.#length -= sent;
      if (block.start === block.end) {
        this.#blocks.shift();
        release(block);
      }
    }
    return 0;
  }

  /** Forgets what waits. */
  clear(): void {
    for (const block of this.#blocks.splice(0)) release(block);
    this.#length = 0;
  }

  #push(bytes: Uint8Array): void {
    this.#length += bytes.length;
    const tail = this.#blocks.at(-1);
    const fits = tail ? Math.min(bytes.length, tail.bytes.length - tail.end) : 0;
    if (tail && fits > 0) {
      tail.bytes.set(fits === bytes.length ? bytes : bytes.subarray(0, fits), tail.end);
      tail.end += fits;
    }
    if (fits < bytes.length) this.#append(fits === 0 ? bytes : bytes.subarray(fits));
  }

  #append(bytes: Uint8Array): void {
    const block = (bytes.length <= BLOCK_BYTES && spare.pop()) || blockFor(bytes.length);
    block.bytes.set(bytes);
    block.start = 0;
    block.end = bytes.length;
    this.#blocks.push(block);
  }
}

function blockFor(length: number): Block {
  const bytes = new Uint8Array(Math.max(length, BLOCK_BYTES));
  return { bytes, address: addressOf(bytes), start: 0, end: 0 };
}

function release(block: Block): void {
  if (block.bytes.length === BLOCK_BYTES && spare.length < SPARE_MAX) spare.push(block);
}

/** What is written, as bytes. */
export function chunkOf(bytes: Uint8Array | string): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (typeof bytes === 'string') return Buffer.from(bytes);
  throw invalidType('What is written', 'a Uint8Array or a string', bytes);
}
