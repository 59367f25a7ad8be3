import {
  addressOf,
  EAGAIN,
  EPIPE,
  POLLIN,
  POLLOUT,
  pollFds,
  receive,
  SHUT_RD,
  SHUT_WR,
  send,
  shutdown,
} from '../sys/index.js';
import { refuseClosed, refuseFailed } from './faults.js';
import { type Readiness, waitFor } from './pollable.js';
import type { Sink, Source } from './streams.js';

/** The most bytes that one `check-write` permits. */
const PERMIT_MAX = 65_536;
/** How long a stream that is dropped, or shut down, waits for its peer to take what was written. */
const LINGER_NS = 1_000_000_000n;
const ECONNRESET = 104;
const NOTHING = new Uint8Array(0);

/** A connection's receiving side. */
export class TcpSource implements Source {
  readonly readiness: Readiness;
  readonly #fd: number;
  #over = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.readiness = { fd, events: POLLIN, settled: () => this.#over };
  }

  read(length: number): Uint8Array | number {
    if (this.#over) return 0;
    if (length === 0) return NOTHING;
    const bytes = new Uint8Array(length);
    const count = receive(this.#fd, addressOf(bytes), length);
    if (count > 0) return bytes.subarray(0, count);
    if (count === -EAGAIN) return NOTHING;
    this.#over = true;
    return count === 0 ? 0 : refuseFailed(count);
  }

  /** Linux would go on reading after that. */
  shutdown(): void {
    this.#over = true;
    shutdown(this.#fd, SHUT_RD);
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
    return pollFds(new Int32Array([this.#fd, POLLOUT]), 1, 0n) > 0 ? PERMIT_MAX : 0;
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
