import { addressOf, EAGAIN, POLLIN, POLLOUT, pollFds, readAt, writeAt } from '../sys/index.js';
import { refuseClosed, refuseFailed } from './faults.js';
import { type Readiness, waitFor } from './pollable.js';
import type { Sink, Source } from './streams.js';

const PERMIT_MAX = 65_536;
const NOTHING = new Uint8Array(0);

/** Standard input: read when there is something, as the fd may be a blocking one. */
export class FdSource implements Source {
  readonly readiness: Readiness;
  readonly #fd: number;
  #over = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.readiness = { fd, events: POLLIN, settled: () => this.#over };
  }

  read(length: number): Uint8Array | number {
    if (this.#over) return 0;
    if (length === 0 || pollFds(new Int32Array([this.#fd, POLLIN]), 1, 0n) === 0) return NOTHING;
    const bytes = new Uint8Array(length);
    const count = readAt(this.#fd, addressOf(bytes), length);
    if (count > 0) return bytes.subarray(0, count);
    if (count === -EAGAIN) return NOTHING;
    this.#over = true;
    return count === 0 ? 0 : refuseFailed(count);
  }
}

/** Standard output or standard error: what it takes is written when the call returns. */
export class FdSink implements Sink {
  readonly readiness: Readiness;
  readonly #fd: number;
  #over = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.readiness = { fd, events: POLLOUT, settled: () => this.#over };
  }

  permit(): number {
    if (this.#over) refuseClosed();
    return pollFds(new Int32Array([this.#fd, POLLOUT]), 1, 0n) > 0 ? PERMIT_MAX : 0;
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      const rest = bytes.subarray(at);
      const count = writeAt(this.#fd, addressOf(rest), rest.byteLength);
      if (count >= 0) at += count;
      else if (count === -EAGAIN) waitFor([this.readiness]);
      else {
        this.#over = true;
        refuseFailed(count);
      }
    }
  }

  flushed(): boolean {
    return this.#over ? refuseClosed() : true;
  }
}
