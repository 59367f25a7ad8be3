import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../../assembly/abi.js';
import { EAGAIN, EBADF, EPIPE } from '../sys/errno.js';
import { SimulatedFile } from './simulated-file.js';

const ANYTHING = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP;

/** Bytes on their way, at most as many as a pipe holds. */
class Buffered {
  static readonly CAPACITY = 65_536;
  #chunks: Uint8Array[] = [];
  length = 0;

  get room(): number {
    return Buffered.CAPACITY - this.length;
  }

  /** Takes what fits: how many bytes. */
  put(from: Uint8Array): number {
    const taken = Math.min(from.byteLength, this.room);
    if (taken > 0) this.#chunks.push(from.slice(0, taken));
    this.length += taken;
    return taken;
  }

  take(into: Uint8Array): number {
    let filled = 0;
    while (filled < into.byteLength) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      const part = chunk.subarray(0, into.byteLength - filled);
      into.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength === chunk.byteLength) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.byteLength);
    }
    this.length -= filled;
    return filled;
  }
}

/** The end of a pipe that is read from. */
export class SimulatedPipeReader extends SimulatedFile {
  readonly buffered = new Buffered();
  writer!: SimulatedPipeWriter;
  closed = false;

  poll(): number {
    return (this.buffered.length > 0 ? EPOLLIN : 0) | (this.writer.closed ? EPOLLHUP : 0);
  }

  override read(into: Uint8Array): number {
    if (this.buffered.length === 0) return this.writer.closed ? 0 : -EAGAIN;
    const wasFull = this.buffered.room === 0;
    const taken = this.buffered.take(into);
    if (wasFull) this.writer.changed(EPOLLOUT);
    return taken;
  }

  override write(): number {
    return -EBADF;
  }

  override release(): void {
    this.closed = true;
    this.writer.changed(ANYTHING);
  }

  changed(key: number): void {
    this.wake(key);
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
    return (this.reader.buffered.room > 0 ? EPOLLOUT : 0) | (this.reader.closed ? EPOLLERR : 0);
  }

  override write(from: Uint8Array): number {
    if (this.reader.closed) return -EPIPE;
    const taken = this.reader.buffered.put(from);
    if (taken === 0) return from.byteLength === 0 ? 0 : -EAGAIN;
    this.reader.changed(EPOLLIN);
    return taken;
  }

  override read(): number {
    return -EBADF;
  }

  override release(): void {
    this.closed = true;
    this.reader.changed(ANYTHING);
  }

  changed(key: number): void {
    this.wake(key);
  }
}

/** One of two connected stream sockets: socketpair(2). */
export class SimulatedSocket extends SimulatedFile {
  readonly #received = new Buffered();
  #peer!: SimulatedSocket;
  #readShut = false;
  #writeShut = false;
  #open = true;

  static pair(): [SimulatedSocket, SimulatedSocket] {
    const pair: [SimulatedSocket, SimulatedSocket] = [new SimulatedSocket(), new SimulatedSocket()];
    pair[0].#peer = pair[1];
    pair[1].#peer = pair[0];
    return pair;
  }

  poll(): number {
    let events = this.#received.length > 0 || this.#readShut ? EPOLLIN : 0;
    if (this.#readShut) events |= EPOLLRDHUP;
    if (this.#readShut && this.#writeShut) events |= EPOLLHUP;
    if (this.#peer.#received.room > 0) events |= EPOLLOUT;
    return events;
  }

  override read(into: Uint8Array): number {
    if (this.#received.length === 0) return this.#readShut ? 0 : -EAGAIN;
    const taken = this.#received.take(into);
    this.#peer.wake(EPOLLOUT);
    return taken;
  }

  override write(from: Uint8Array): number {
    if (this.#writeShut || !this.#peer.#open) return -EPIPE;
    const taken = this.#peer.#received.put(from);
    if (taken === 0 && from.byteLength > 0) return -EAGAIN;
    this.#peer.wake(EPOLLIN);
    return taken;
  }

  /** shutdown(2). */
  shutdown(how: 'read' | 'write' | 'both'): void {
    if (how !== 'write') {
      this.#readShut = true;
      this.#peer.#writeShut = true;
    }
    if (how !== 'read') {
      this.#writeShut = true;
      this.#peer.#readShut = true;
    }
    this.wake(ANYTHING);
    this.#peer.wake(ANYTHING);
  }

  override release(): void {
    this.#open = false;
    this.shutdown('both');
  }
}
