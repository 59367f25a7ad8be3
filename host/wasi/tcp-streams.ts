import {
  addressOf,
  EAGAIN,
  EPIPE,
  POLLOUT,
  receive,
  SHUT_RD,
  SHUT_WR,
  send,
  shutdown,
} from '../sys/index.js';
import { refuseClosed, refuseFailed } from './faults.js';
import { FileSource, NOTHING } from './file-source.js';
import { isReady, type Readiness, waitFor } from './pollable.js';
import { PERMIT_MAX, type Sink } from './streams.js';

/** How long a stream that is dropped, or shut down, waits for its peer to take what was written. */
const LINGER_NS = 1_000_000_000n;
const ECONNRESET = 104;

/** A connection's receiving side. */
export class TcpSource extends FileSource {
  /** Linux would go on reading after that. */
  shutdown(): void {
    this.over = true;
    shutdown(this.fd, SHUT_RD);
  }

  protected receive(address: number, length: number): number {
    return receive(this.fd, address, length);
  }
}

/** A connection's sending side, with what the kernel did not take of a write at once. */
export class TcpSink implements Sink {
  readonly readiness: Readiness;
  readonly #fd: number;
  #pending: Uint8Array = NOTHING;
  #over = false;
  #failure = 0;

  constructor(fd: number) {
    this.#fd = fd;
    this.readiness = {
      fd,
      events: POLLOUT,
      settled: () => this.#over || this.#failure < 0,
      advance: () => this.#send(),
    };
  }

  permit(): number {
    this.#check();
    if (!this.#send()) {
      this.#check();
      return 0;
    }
    return isReady(this.#fd, POLLOUT) ? PERMIT_MAX : 0;
  }

  take(bytes: Uint8Array): void {
    this.#check();
    this.#pending = this.#pending.byteLength === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#send();
    // The caller's memory changes once it has the call's answer.
    if (this.#pending.byteLength > 0) this.#pending = this.#pending.slice();
    this.#check();
  }

  flushed(): boolean {
    this.#check();
    const done = this.#send();
    this.#check();
    return done;
  }

  shutdown(): void {
    this.close();
    this.#over = true;
    shutdown(this.#fd, SHUT_WR);
  }

  /** The socket lives on as long as its streams do, so that what was written is sent. */
  close(): void {
    if (this.#over || this.#failure < 0 || this.#send()) return;
    waitFor([this.readiness], LINGER_NS);
  }

  /** A failure is told once; after that the stream is closed. */
  #check(): void {
    if (this.#over) refuseClosed();
    if (this.#failure === 0) return;
    const failure = this.#failure;
    this.#over = true;
    if (failure === -EPIPE || failure === -ECONNRESET) refuseClosed();
    refuseFailed(failure);
  }

  /** Whether nothing is left to send. */
  #send(): boolean {
    while (this.#pending.byteLength > 0) {
      const sent = send(this.#fd, addressOf(this.#pending), this.#pending.byteLength);
      if (sent === -EAGAIN) return false;
      if (sent < 0) {
        this.#failure = sent;
        this.#pending = NOTHING;
        return true;
      }
      this.#pending = this.#pending.subarray(sent);
    }
    return true;
  }
}
