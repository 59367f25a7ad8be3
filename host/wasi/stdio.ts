import { addressOf, EAGAIN, POLLIN, POLLOUT, readAt, writeAt } from '../sys/index.js';
import { refuseClosed, refuseFailed } from './faults.js';
import { FileSource, NOTHING } from './file-source.js';
import { isReady, type Readiness, waitFor } from './pollable.js';
import { PERMIT_MAX, type Sink } from './streams.js';

/** Standard input: read when there is something, as the fd may be a blocking one. */
export class FdSource extends FileSource {
  override read(length: number): Uint8Array | number {
    return this.over || isReady(this.fd, POLLIN) ? super.read(length) : NOTHING;
  }

  protected receive(address: number, length: number): number {
    return readAt(this.fd, address, length);
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
    return isReady(this.#fd, POLLOUT) ? PERMIT_MAX : 0;
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
