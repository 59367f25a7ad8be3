import type { EventManagerError, Events, Part, SubscriberOps } from '../contract/index.js';
import { assertStackRoom } from '../contract/index.js';
import { createSocket, resetOnClose } from '../sys/index.js';
import { assertStream } from './adoption.js';
import type { Dial } from './dial.js';
import { Exchange } from './exchange.js';
import type { Resolved } from './resolve.js';
import { chunkOf } from './send-queue.js';
import { Socket } from './socket.js';
import { checkHandlers, type StreamHandlers, type StreamSettings } from './stream-handlers.js';

/**
 * A connected socket that carries bytes both ways, as a subscriber of one event manager: what TCP
 * and Unix streams have in common. Every method may be called from any handler.
 */
export abstract class StreamSocket extends Socket {
  readonly #exchange: Exchange<this>;
  #onGone: (() => void) | undefined;

  protected constructor(fd: number, syscall: string, settings: StreamSettings, dial?: Dial) {
    super(fd, syscall);
    this.#exchange = new Exchange<this>(this, settings, dial);
  }

  /** Bytes received. */
  get bytesRead(): number {
    return this.#exchange.bytesRead;
  }

  /** Bytes that the kernel has taken. */
  get bytesWritten(): number {
    return this.#exchange.out.queue.sent;
  }

  /** Bytes that wait until the kernel takes them. */
  get pending(): number {
    return this.#exchange.out.queue.length;
  }

  /** Whether a `connect` is under way. */
  get connecting(): boolean {
    return this.#exchange.dial !== undefined && !this.closed;
  }

  /**
   * Settles when it is connected: at once where it is; rejected with the error where that fails,
   * or with ERR_CLOSED. Who awaits it needs no `onError`. In attached mode, or between turns.
   *
   * @example
   * const stream = await TcpStream.connect(manager, { port: 7 }).connected;
   */
  get connected(): Promise<this> {
    return this.#exchange.connection.wait(this);
  }

  /** Whether reading was paused, or has not begun: see `handle`. */
  get paused(): boolean {
    return this.#exchange.paused;
  }

  /** Whether the peer writes no more, and all that it wrote was read. */
  get readEnded(): boolean {
    return this.#exchange.readEnded;
  }

  /** Whether our side has ended: all is sent, and the peer is told. */
  get writeEnded(): boolean {
    return this.#exchange.out.shut;
  }

  /** Sets the handlers, and begins to read. */
  handle(handlers: StreamHandlers<this>): this {
    this.#exchange.handlers = checkHandlers(handlers);
    return this.resume();
  }

  /**
   * send(2): sends what the kernel takes at once, keeps a copy of the rest, and sends that later.
   * The caller may change the bytes when `write` returns.
   *
   * @returns false from the high-water mark on: write no more until `onDrain`. Also false for a
   * stream that is closed or has failed, which takes nothing
   * @throws ERR_CLOSED after `end`; TypeError
   */
  write(bytes: Uint8Array | string): boolean {
    const chunk = chunkOf(bytes);
    return !this.closed && this.#exchange.write(chunk);
  }

  /**
   * Ends our side once everything is sent: shutdown(2), SHUT_WR. The peer may go on writing; when
   * the peer has ended too, the stream is closed.
   */
  end(bytes?: Uint8Array | string): void {
    if (this.closed || this.#exchange.out.ending) return;
    assertStackRoom();
    if (bytes !== undefined) this.write(bytes);
    this.#exchange.end();
  }

  /** Stops reading, so that the peer has to wait once the kernel's buffers are full. */
  pause(on = true): this {
    this.#exchange.paused = on;
    this.update();
    return this;
  }

  resume(): this {
    return this.pause(false);
  }

  /** Closes it by a reset (SO_LINGER 0), which a TCP peer sees as ECONNRESET. */
  reset(): void {
    if (this.closed) return;
    assertStackRoom();
    resetOnClose(this.fd);
    this.close();
  }

  override process(events: Events): void {
    try {
      this.refresh();
      this.#exchange.react(events.eventSet);
    } catch (error) {
      // Half of a message was handled: what follows it would make no sense to anyone.
      this.close();
      throw error;
    }
  }

  /** @internal Goes on with another socket: 0, or a negative errno, and the one there is stays. */
  renew(family: number): number {
    const fd = createSocket(family);
    if (fd < 0) return fd;
    this.swap(fd);
    this.configure();
    return 0;
  }

  /** @internal The socket with its options set; closed where one of them is refused. */
  configured(): this {
    return this.complete(() => this.configure());
  }

  /** @internal Enters the manager. `onGone` is told of the end. */
  begin(manager: SubscriberOps<never>, onGone?: () => void): this {
    this.#onGone = onGone;
    this.join(manager);
    return this;
  }

  /** @internal Enters the manager, and connects as soon as it is known where to. */
  beginDial(manager: SubscriberOps<never>, dial: Dial, names: Resolved | Promise<Resolved>): this {
    return this.complete(() => {
      this.configure();
      if (!(names instanceof Promise)) dial.aim(names).begin(this);
      this.join(manager);
      if (names instanceof Promise) void names.then((found) => this.#aimLate(dial, found));
    });
  }

  /** @internal Has its half left open when the peer has ended: whether it was before. */
  keepHalfOpen(): boolean {
    const before = this.#exchange.allowHalfOpen;
    this.#exchange.allowHalfOpen = true;
    return before;
  }

  /** @internal Whether `end` was called. */
  get ending(): boolean {
    return this.#exchange.out.ending;
  }

  /** @internal Whether it takes no writes any more, which `onError` is about to tell. */
  get failed(): boolean {
    return this.#exchange.out.failure !== undefined;
  }

  /** @internal Has `onDrain` told once all has gone to the kernel, however little waits. */
  wantDrained(): void {
    this.#exchange.out.queue.wantDrained();
  }

  /** @internal Enters the manager with a socket from elsewhere, which may be none of a stream. */
  beginAdopted(manager: SubscriberOps<never>): this {
    return this.adopted(manager, () => {
      assertStream(this.fd);
      this.configure();
    });
  }

  /** Sets the options of the socket, as they have to be of each that follows. */
  protected configure(): void {}

  protected override get ready(): boolean {
    return this.#exchange.dial?.aimed ?? true;
  }

  protected override wanted(): number {
    return this.#exchange.wanted;
  }

  protected override released(): void {
    this.#exchange.out.queue.clear();
  }

  protected override details(): readonly Part[] {
    const { connecting, readEnded, writeEnded, paused, pending, closed } = this;
    return [
      !closed && (connecting ? 'connecting' : this.peer()),
      readEnded && 'read ended',
      writeEnded && 'write ended',
      !closed && paused && 'paused',
      pending > 0 && `pending: ${pending}`,
      `read: ${this.bytesRead}`,
      `written: ${this.bytesWritten}`,
    ];
  }

  /** @internal Whom it is connected to, as far as that has a name. */
  protected peer(): Part {
    return undefined;
  }

  protected override ended(): void {
    this.#exchange.connection.closed();
    this.#onGone?.();
    this.#exchange.handlers.onClose?.(this);
  }

  #aimLate(dial: Dial, names: Resolved): void {
    if (this.closed) return;
    try {
      dial.aim(names).begin(this);
      this.register();
    } catch (error) {
      // Outside of a turn nobody but its own handlers can be told.
      const { onError } = this.#exchange.handlers;
      if (onError) onError(error as EventManagerError, this);
      else process.emitWarning(error as EventManagerError);
      this.close();
    }
  }
}
