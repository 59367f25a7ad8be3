import { EventManagerError, systemError } from '../contract/index.js';
import { ENOTCONN, SHUT_WR, shutdown } from '../sys/index.js';
import { SendQueue } from './send-queue.js';

/** Our side of a stream, from its first write to its end. */
export class WriteSide {
  readonly queue: SendQueue;
  #failure: EventManagerError | undefined;
  #ending = false;
  #shut = false;

  constructor(highWaterMark: number) {
    this.queue = new SendQueue(highWaterMark);
  }

  /** Why nothing can be sent any more. It is told once what came before is read. */
  get failure(): EventManagerError | undefined {
    return this.#failure ?? (this.queue.torn ? this.queue.failure : undefined);
  }

  /** Whether its end was asked for. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Whether it has ended: all is sent, and the peer is told. */
  get shut(): boolean {
    return this.#shut;
  }

  /** Sends, or keeps, where it isn't `now` that it can be sent. False where that fails. */
  write(fd: number, bytes: Uint8Array, now: boolean): boolean {
    if (this.#ending) throw new EventManagerError('ERR_CLOSED', 'this stream was ended: no write');
    return bytes.length === 0 || this.#settle(fd, this.queue.write(fd, bytes, now));
  }

  /** Sends what waits, as far as the socket takes it. False where that fails. */
  flush(fd: number): boolean {
    return this.#settle(fd, this.queue.flush(fd));
  }

  /** Asks for the end: no write after this. */
  end(): void {
    this.#ending = true;
  }

  /** Ends, where that was asked for and all is sent: whether it has just done so. */
  finish(fd: number): boolean {
    if (!this.#ending || this.#shut || this.queue.length > 0) return false;
    const status = shutdown(fd, SHUT_WR);
    // ENOTCONN: the peer has reset it, which its event tells.
    this.#shut = status === 0 || status === -ENOTCONN;
    if (!this.#shut) this.fail(systemError(status, 'shutdown', fd));
    return status === 0;
  }

  /** Nothing more is sent, and what waits is forgotten. */
  fail(error: EventManagerError): void {
    this.#failure = error;
    this.queue.clear();
  }

  #settle(fd: number, status: number): boolean {
    if (status < 0) this.fail(systemError(status, 'send', fd));
    return status >= 0;
  }
}
