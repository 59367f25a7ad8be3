import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT } from '../../assembly/abi.js';
import { type EventManagerError, systemError } from '../contract/index.js';
import { takeError } from '../sys/index.js';
import { PendingConnection } from './connection.js';
import type { Dial } from './dial.js';
import { READ_MORE, readAll } from './reading.js';
import type { StreamHandlers, StreamSettings } from './stream-handlers.js';
import { WriteSide } from './write-side.js';

/** The socket of an exchange, in its manager. */
interface Port {
  readonly fd: number;
  readonly closed: boolean;
  register(): void;
  renew(family: number): number;
  update(): void;
  requeue(): void;
  silence(): void;
  close(): void;
}

/**
 * What goes to and fro on one stream: what an event of the socket means for either direction, and
 * which handler is told of it.
 */
export class Exchange<S extends Port> {
  readonly out: WriteSide;
  readonly connection: PendingConnection;
  handlers: StreamHandlers<S> = {};
  /** Set until the connection stands. */
  dial: Dial | undefined;
  bytesRead = 0;
  allowHalfOpen: boolean;
  paused = true;
  readEnded = false;
  readonly #settings: StreamSettings;
  readonly #socket: S;

  constructor(socket: S, settings: StreamSettings, dial: Dial | undefined) {
    this.#socket = socket;
    this.#settings = settings;
    this.allowHalfOpen = settings.allowHalfOpen;
    this.dial = dial;
    this.connection = new PendingConnection(dial === undefined);
    this.out = new WriteSide(settings.highWaterMark);
  }

  get fd(): number {
    return this.#socket.fd;
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  /** What is to be watched, as things stand. */
  get wanted(): number {
    const read = this.#reads() ? EPOLLIN : 0;
    if (this.#settings.edgeTriggered) return (read | EPOLLOUT | EPOLLET) >>> 0;
    const { queue, failure } = this.out;
    return queue.length > 0 || this.dial || failure ? read | EPOLLOUT : read;
  }

  /** Whether the bytes were taken. A failure is told later, once what the peer sent is read. */
  write(bytes: Uint8Array): boolean {
    const { out } = this;
    const taken = !out.failure && out.write(this.fd, bytes, !this.dial);
    if (!taken) this.#breakOff();
    else if (out.queue.length > 0) this.#socket.update();
    return taken && !out.queue.full;
  }

  end(): void {
    this.out.end();
    this.#finish();
  }

  /** For `readAll`. */
  take(bytes: Buffer): void {
    this.bytesRead += bytes.length;
    this.handlers.onData?.(bytes, this.#socket);
  }

  /** One event. */
  react(set: number): void {
    const { failure } = this.out;
    const gone = (set & (EPOLLERR | EPOLLHUP)) !== 0;
    const reads = this.#reads();
    if (this.dial) this.#answer(this.dial);
    else if (reads && (gone || (set & EPOLLIN) !== 0)) this.#read();
    if (this.closed || this.dial) return;
    if (failure && !(gone && reads)) this.fail(failure);
    else if (this.out.queue.length > 0) this.#flush();
    else if (gone && !reads) this.#waitOrFail(set);
  }

  /** Tells of the failure, and closes. */
  fail(error: EventManagerError): void {
    this.out.fail(error);
    const { awaited } = this.connection;
    this.connection.failed(error);
    // The socket's `process` closes it.
    if (!this.handlers.onError && !awaited) throw error;
    this.handlers.onError?.(error, this.#socket);
    this.#socket.close();
  }

  #reads(): boolean {
    return !this.paused && !this.readEnded && !this.dial;
  }

  /** A connect has ended one way or the other: then the next address, if any. */
  #answer(dial: Dial): void {
    if (dial.failed) this.fail(dial.error!);
    else if (dial.succeeded(this.fd)) {
      this.dial = undefined;
      this.connection.stands();
      this.handlers.onConnect?.(this.#socket);
      this.#finish();
      this.#socket.update();
    } else if (dial.begin(this.#socket)) this.#socket.register();
    else this.fail(dial.error!);
  }

  #read(): void {
    const { edgeTriggered, readBudget } = this.#settings;
    const length = readAll(this, readBudget, edgeTriggered);
    if (length === READ_MORE && edgeTriggered) this.#socket.requeue();
    if (length > 0) return;
    const { failure } = this.out;
    if (failure) this.fail(failure);
    else if (length < 0) this.fail(systemError(length, 'recv', this.fd));
    else this.#noteEnd();
  }

  #noteEnd(): void {
    this.readEnded = true;
    this.handlers.onEnd?.(this.#socket);
    if (!this.allowHalfOpen) this.out.end();
    if (this.out.shut) this.#socket.close();
    this.#finish();
    this.#socket.update();
  }

  #flush(): void {
    if (!this.out.flush(this.fd)) this.#breakOff();
    if (this.out.failure || this.out.queue.length > 0) return;
    this.#finish();
    this.#socket.update();
    if (!this.closed && this.out.queue.takeDrained()) this.handlers.onDrain?.(this.#socket);
  }

  /** Ends our side, where that was asked for and all is sent. */
  #finish(): void {
    const { out } = this;
    if (this.dial || this.closed || !out.ending || out.shut || out.failure) return;
    if (out.finish(this.fd)) this.handlers.onFinish?.(this.#socket);
    if (out.failure) this.#breakOff();
    else if (out.shut && this.readEnded) this.#socket.close();
  }

  #breakOff(): void {
    this.#socket.update();
    if (this.#settings.edgeTriggered) this.#socket.requeue();
  }

  /** The peer is gone, while nobody reads. */
  #waitOrFail(set: number): void {
    const status = this.readEnded && (set & EPOLLERR) !== 0 ? takeError(this.fd) : 0;
    if (status < 0) this.fail(systemError(status, 'recv', this.fd));
    else if (!this.#settings.edgeTriggered) this.#socket.silence();
  }
}
