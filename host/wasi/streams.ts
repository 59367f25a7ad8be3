import { refuseClosed } from './faults.js';
import { isForeign } from './foreign.js';
import { type Guest, Resource, trap } from './guest.js';
import { Pollable, type Readiness, waitFor } from './pollable.js';

/** Where an input stream's bytes come from. */
export interface Source {
  /** Up to so many bytes; none for now; a status of 0 is the end, a negative one a failure. */
  read(length: number): Uint8Array | number;
  readonly readiness: Readiness;
  /** The stream was dropped. */
  close?(): void;
}

/** Where an output stream's bytes go. It takes what it permitted, all of it. */
export interface Sink {
  /** How many bytes a write may have now. */
  permit(): number;
  take(bytes: Uint8Array): void;
  /** Whether all that was taken is on its way. */
  flushed(): boolean;
  readonly readiness: Readiness;
  close?(): void;
}

/** The most bytes that one `check-write` permits. */
export const PERMIT_MAX = 65_536;
/** The most bytes of one read, whatever the guest asks for. */
const READ_MAX = 65_536;
/** What the WIT allows of the calls that write, flush and wait. */
const FLUSH_MAX = 4_096;

const lengthOf = (length: bigint) => Number(length < READ_MAX ? length : BigInt(READ_MAX));

/** `wasi:io/streams.input-stream`. */
export class InputStream extends Resource {
  readonly #source: Source;

  constructor(guest: Guest, source: Source, parent?: Resource) {
    super(guest, parent);
    this.#source = source;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const isOwn = typeof value === 'object' && value !== null && #source in value;
    return isOwn || isForeign('InputStream', value);
  }

  read(length: bigint): Uint8Array {
    const source = this.#use();
    const bytes = source.read(lengthOf(length));
    return typeof bytes === 'number' ? refuseClosed() : bytes;
  }

  blockingRead(length: bigint): Uint8Array {
    if (length > 0n) waitFor([this.#use().readiness]);
    return this.read(length);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).byteLength);
  }

  blockingSkip(length: bigint): bigint {
    return BigInt(this.blockingRead(length).byteLength);
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.#use().readiness, this);
  }

  protected override released(): void {
    this.#source.close?.();
  }

  #use(): Source {
    void this.guest;
    return this.#source;
  }
}

/** What `splice` reads: ours, or a file's. */
type Spliced = Pick<InputStream, 'read' | 'blockingRead'>;

/** `wasi:io/streams.output-stream`. */
export class OutputStream extends Resource {
  readonly #sink: Sink;
  /** What is left of the last `check-write`. */
  #permit = 0;

  constructor(guest: Guest, sink: Sink, parent?: Resource) {
    super(guest, parent);
    this.#sink = sink;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const isOwn = typeof value === 'object' && value !== null && #sink in value;
    return isOwn || isForeign('OutputStream', value);
  }

  checkWrite(): bigint {
    this.#permit = this.#use().permit();
    return BigInt(this.#permit);
  }

  write(bytes: Uint8Array): void {
    const sink = this.#use();
    if (bytes.byteLength > this.#permit)
      trap('`write` was given more than `check-write` permitted');
    this.#permit -= bytes.byteLength;
    if (bytes.byteLength > 0) sink.take(bytes);
  }

  blockingWriteAndFlush(bytes: Uint8Array): void {
    if (bytes.byteLength > FLUSH_MAX) trap(`more than ${FLUSH_MAX} bytes to write and flush`);
    for (let at = 0; at < bytes.byteLength; ) {
      const room = Number(this.#await());
      this.write(bytes.subarray(at, at + room));
      at += room;
    }
    this.blockingFlush();
  }

  flush(): void {
    this.#use().flushed();
  }

  blockingFlush(): void {
    while (!this.#use().flushed()) waitFor([this.#sink.readiness]);
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.#use().readiness, this);
  }

  writeZeroes(length: bigint): void {
    if (length > BigInt(this.#permit)) trap('more zeroes than `check-write` permitted');
    this.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    if (length > FLUSH_MAX) trap(`more than ${FLUSH_MAX} zeroes to write and flush`);
    this.blockingWriteAndFlush(new Uint8Array(Number(length)));
  }

  splice(from: Spliced, length: bigint): bigint {
    return this.#splice(length, (most) => from.read(most));
  }

  blockingSplice(from: Spliced, length: bigint): bigint {
    this.#await();
    return this.#splice(length, (most) => from.blockingRead(most));
  }

  #splice(length: bigint, read: (most: bigint) => Uint8Array): bigint {
    const room = this.checkWrite();
    const most = length < room ? length : room;
    if (most === 0n) return 0n;
    const bytes = read(most);
    this.write(bytes);
    return BigInt(bytes.byteLength);
  }

  /** Waits for room. */
  #await(): bigint {
    for (;;) {
      const room = this.checkWrite();
      if (room > 0n) return room;
      waitFor([this.#sink.readiness]);
    }
  }

  protected override released(): void {
    this.#sink.close?.();
  }

  #use(): Sink {
    void this.guest;
    return this.#sink;
  }
}
