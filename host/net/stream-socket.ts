import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT } from '../../assembly/abi.js';
import {
  EventManagerError,
  type Events,
  type SubscriberOps,
  systemError,
} from '../contract/index.js';
import { createSocket, resetOnClose, SHUT_WR, shutdown, takeError } from '../sys/index.js';
import type { Dial } from './dial.js';
import { chunkOf, Outbox } from './outbox.js';
import { READ_MORE, readAll } from './reading.js';
import { Socket } from './socket.js';
import {
  checkHandlers,
  resolveStreamOptions,
  type StreamHandlers,
  type StreamOptions,
} from './stream-handlers.js';

/**
 * A connected socket that carries bytes both ways, as a subscriber of one manager: what TCP and
 * Unix streams have in common. All of it may be called from handlers, its own and others'.
 */
export abstract class StreamSocket extends Socket {
  /** Bytes received. */
  bytesRead = 0;
  readonly #options: Required<StreamOptions>;
  readonly #outbox: Outbox;
  #handlers: StreamHandlers<this> = {};
  #onGone: (() => void) | undefined;
  #dial: Dial | undefined;
  /** Why nothing can be sent any more. It is told once what came before is read. */
  #failure: EventManagerError | undefined;
  #paused = true;
  #readEnded = false;
  #ending = false;
  #shut = false;

  protected constructor(result: number, syscall: string, options: StreamOptions, dial?: Dial) {
    const resolved = resolveStreamOptions(options);
    super(result, syscall);
    this.#options = resolved;
    this.#dial = dial;
    this.#outbox = new Outbox(resolved.highWaterMark);
  }

  /** Bytes that the kernel has taken. */
  get bytesWritten(): number {
    return this.#outbox.sent;
  }

  /** Bytes that wait until the kernel takes them. */
  get pending(): number {
    return this.#outbox.length;
  }

  /** Whether a `connect` is under way. */
  get connecting(): boolean {
    return this.#dial !== undefined;
  }

  /** Whether reading was paused, or has not begun: see `handle`. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Sets who is told from now on, and begins to read. */
  handle(handlers: StreamHandlers<this>): this {
    this.#handlers = checkHandlers(handlers);
    return this.resume();
  }

  /**
   * send(2): sends what the kernel takes at once, and keeps a copy of the rest, which goes by
   * itself. The bytes are yours again when it returns.
   *
   * @returns false from the high-water mark on: write no more until `onDrain`. Also on a stream
   * that is closed or has failed, which takes nothing
   * @throws ERR_CLOSED after `end`; TypeError
   */
  write(bytes: Uint8Array | string): boolean {
    const chunk = chunkOf(bytes);
    if (this.closed || this.#failure) return false;
    if (this.#ending) throw new EventManagerError('ERR_CLOSED', 'this stream was ended: no write');
    const status = chunk.length && this.#outbox.write(this.fd, chunk, !this.#dial);
    if (status < 0) return this.#breakOff(status);
    if (this.#outbox.length > 0) this.update();
    return !this.#outbox.full;
  }

  /**
   * Ends our side once all is sent: shutdown(2), SHUT_WR. The peer may go on writing; when it has
   * ended too, the stream is closed.
   */
  end(bytes?: Uint8Array | string): void {
    if (this.closed || this.#ending) return;
    if (bytes !== undefined) this.write(bytes);
    this.#ending = true;
    this.#finish();
  }

  /** Stops reading, so that the peer has to wait once the kernel's buffers are full. */
  pause(on = true): this {
    this.#paused = on;
    this.update();
    return this;
  }

  resume(): this {
    return this.pause(false);
  }

  /** Closes it by a reset (SO_LINGER 0), which a TCP peer sees as ECONNRESET. */
  reset(): void {
    if (!this.closed) resetOnClose(this.fd);
    this.close();
  }

  override process(events: Events): void {
    try {
      this.#react(events.eventSet);
    } catch (error) {
      // Half of a message was handled: what follows it would make no sense to anyone.
      this.close();
      throw error;
    }
  }

  /** @internal */
  take(bytes: Buffer): void {
    this.bytesRead += bytes.length;
    this.#handlers.onData?.(bytes, this);
  }

  /** @internal Goes on with another socket. */
  renew(family: number): void {
    this.swap(createSocket(family));
  }

  /**
   * @internal Enters the manager, and connects where that is to be done. `onGone` is told of the
   * end. What fails at once is told in a turn too: a socket that isn't connected hangs up at once.
   */
  begin(manager: SubscriberOps, onGone?: () => void, adopted = false): void {
    this.#onGone = onGone;
    if (this.#dial && !this.#dial.begin(this)) this.#failure = this.#dial.error;
    this.join(manager, adopted);
  }

  protected override wanted(): number {
    const read = this.#reads() ? EPOLLIN : 0;
    if (this.#options.edgeTriggered) return (read | EPOLLOUT | EPOLLET) >>> 0;
    return this.#outbox.length > 0 || this.#dial || this.#failure ? read | EPOLLOUT : read;
  }

  protected override ended(): void {
    this.#dial = undefined;
    this.#outbox.clear();
    this.#onGone?.();
    this.#handlers.onClose?.(this);
  }

  #reads(): boolean {
    return !this.#paused && !this.#readEnded && !this.#dial;
  }

  #react(set: number): void {
    const failure = this.#failure;
    const gone = (set & (EPOLLERR | EPOLLHUP)) !== 0;
    const reads = this.#reads();
    if (this.#dial) this.#answer(this.#dial);
    else if (reads && (gone || (set & EPOLLIN) !== 0)) this.#read();
    if (this.closed || this.#dial) return;
    if (this.#outbox.length > 0) this.#flush();
    else if (failure && !(gone && reads)) this.#fail(failure);
    else if (gone && !reads) this.#waitOrFail(set);
  }

  /** A connect has ended one way or the other: then the next address, if any. */
  #answer(dial: Dial): void {
    if (this.#failure) this.#fail(this.#failure);
    else if (dial.succeeded(this.fd)) {
      this.#dial = undefined;
      this.#handlers.onConnect?.(this);
      this.#finish();
      this.update();
    } else if (dial.begin(this)) this.register();
    else this.#fail(dial.error!);
  }

  #read(): void {
    const { edgeTriggered, readBudget } = this.#options;
    const length = readAll(this, readBudget, edgeTriggered);
    if (length === READ_MORE && edgeTriggered) this.requeue();
    if (length > 0) return;
    if (length < 0) this.#fail(this.#failure ?? systemError(length, 'recv', this.fd));
    else if (this.#failure) this.#fail(this.#failure);
    else this.#noteEnd();
  }

  #noteEnd(): void {
    this.#readEnded = true;
    this.#handlers.onEnd?.(this);
    if (!this.#options.allowHalfOpen) this.#ending = true;
    if (this.#shut) this.close();
    this.#finish();
    this.update();
  }

  #flush(): void {
    const result = this.#outbox.flush(this.fd);
    if (result < 0) this.#breakOff(result);
    if (this.#failure || this.#outbox.length > 0) return;
    this.#finish();
    this.update();
    if (!this.closed && this.#outbox.takeDrained()) this.#handlers.onDrain?.(this);
  }

  /** Ends our side, where that was asked for and all is sent. */
  #finish(): void {
    const waits = this.#dial || this.#outbox.length > 0;
    if (!this.#ending || this.#shut || waits || this.closed) return;
    this.#shut = true;
    shutdown(this.fd, SHUT_WR); // ENOTCONN: the peer has reset it, which its event tells.
    if (this.#readEnded) this.close();
  }

  /** Sending has failed: told in a later turn, when what the peer had sent before is read. */
  #breakOff(status: number): false {
    this.#failure = systemError(status, 'send', this.fd);
    this.#outbox.clear();
    this.update();
    if (this.#options.edgeTriggered) this.requeue();
    return false;
  }

  /** The peer is gone, while nobody reads. */
  #waitOrFail(set: number): void {
    const status = this.#readEnded && (set & EPOLLERR) !== 0 ? takeError(this.fd) : 0;
    if (status < 0) this.#fail(systemError(status, 'recv', this.fd));
    else if (!this.#options.edgeTriggered) this.silence();
  }

  #fail(error: EventManagerError): void {
    this.#failure = error;
    if (!this.#handlers.onError) throw error; // `process` closes it.
    this.#handlers.onError(error, this);
    this.close();
  }
}
