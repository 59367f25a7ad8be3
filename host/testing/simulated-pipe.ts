import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from '../../assembly/abi.js';
import { EAGAIN, EBADF, EPIPE } from '../sys/index.js';
import { ANYTHING, SimulatedFile } from './simulated-file.js';

const PAGE_SIZE = 4096;
const PAGES_MAX = 16;

/**
 * What is in a pipe. Linux counts pages and not bytes: a pipe of 16 started pages is full, though
 * the last may take a little more, and it has room again only when the first was read to its end.
 */
class PipePages {
  readonly #pages: { readonly bytes: Uint8Array; start: number; end: number }[] = [];

  get empty(): boolean {
    return this.#pages.length === 0;
  }

  get full(): boolean {
    return this.#pages.length >= PAGES_MAX;
  }

  get length(): number {
    return this.#pages.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Takes what fits: how many bytes. Up to a page's worth goes in whole or not at all. */
  put(from: Uint8Array): number {
    let taken = this.#fillLast(from);
    while (taken < from.byteLength && !this.full) {
      const part = from.subarray(taken, taken + PAGE_SIZE);
      const bytes = new Uint8Array(PAGE_SIZE);
      bytes.set(part);
      this.#pages.push({ bytes, start: 0, end: part.byteLength });
      taken += part.byteLength;
    }
    return taken;
  }

  take(into: Uint8Array): number {
    let filled = 0;
    for (let page = this.#pages[0]; page && filled < into.byteLength; page = this.#pages[0]) {
      const stop = Math.min(page.end, page.start + into.byteLength - filled);
      into.set(page.bytes.subarray(page.start, stop), filled);
      filled += stop - page.start;
      page.start = stop;
      if (stop === page.end) this.#pages.shift();
    }
    return filled;
  }

  /** What is more than whole pages may go behind what was written last. */
  #fillLast(from: Uint8Array): number {
    const last = this.#pages.at(-1);
    const odd = from.byteLength % PAGE_SIZE;
    if (!last || last.end + odd > PAGE_SIZE) return 0;
    last.bytes.set(from.subarray(0, odd), last.end);
    last.end += odd;
    return odd;
  }
}

/** The end of a pipe that is read from. */
export class SimulatedPipeReader extends SimulatedFile {
  readonly pages = new PipePages();
  writer!: SimulatedPipeWriter;
  closed = false;

  poll(): number {
    return (this.pages.empty ? 0 : EPOLLIN) | (this.writer.closed ? EPOLLHUP : 0);
  }

  override get unread(): number {
    return this.pages.length;
  }

  override read(into: Uint8Array): number {
    if (into.byteLength === 0) return 0;
    if (this.pages.empty) return this.writer.closed ? 0 : -EAGAIN;
    const wasFull = this.pages.full;
    const taken = this.pages.take(into);
    if (wasFull && !this.pages.full) this.writer.wake(EPOLLOUT);
    return taken;
  }

  override write(): number {
    return -EBADF;
  }

  override release(): void {
    this.closed = true;
    this.writer.wake(ANYTHING);
  }
}

/** The end of a pipe that is written to. */
export class SimulatedPipeWriter extends SimulatedFile {
  readonly reader: SimulatedPipeReader;
  closed = false;

  constructor(reader: SimulatedPipeReader) {
    super();
    this.reader = reader;
    reader.writer = this;
  }

  poll(): number {
    return (this.reader.pages.full ? 0 : EPOLLOUT) | (this.reader.closed ? EPOLLERR : 0);
  }

  override write(from: Uint8Array): number {
    if (from.byteLength === 0) return 0;
    if (this.reader.closed) return -EPIPE;
    const taken = this.reader.pages.put(from);
    // Also when nothing fitted: Linux tells the reader that it has something to do.
    this.reader.wake(EPOLLIN);
    return taken === 0 ? -EAGAIN : taken;
  }

  override read(): number {
    return -EBADF;
  }

  override release(): void {
    this.closed = true;
    this.reader.wake(ANYTHING);
  }
}
