import { EPOLLET, EPOLLIN } from '../../assembly/abi.js';
import {
  type EventManagerError,
  invalidType,
  type SubscriberOps,
  systemError,
} from '../contract/index.js';
import { EventFd } from '../sources/index.js';
import { accept, close, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM } from '../sys/index.js';
import { Socket } from './socket.js';
import type { StreamHandlers } from './stream-handlers.js';
import type { StreamSocket } from './stream-socket.js';

/** Connections accepted in one turn, before the others get theirs. */
const ACCEPT_BUDGET = 256;

/**
 * Told of each new connection: answers its handlers, and then it is read from; or nothing, for a
 * stream that waits, unread, until its `handle` is called. One that throws has the connection
 * closed.
 */
export type Acceptor<S> = (stream: S) => StreamHandlers<S> | undefined;

export interface ListenerOptions {
  /** EDGE_TRIGGERED, for the listening socket and its streams. */
  edgeTriggered?: boolean;
  /**
   * Told when connections can't be accepted, as there are no fds left (EMFILE, ENFILE), or no
   * memory, once until that gets better. Default: a warning of the process.
   */
  onError?: (error: EventManagerError) => void;
}

/**
 * A listening socket, as a subscriber of one manager: what TCP and Unix listeners have in common.
 *
 * When there is no fd left, waiting connections are taken and closed at once, by means of a fd kept
 * in reserve, so that their clients know and the loop doesn't spin.
 */
export abstract class Listener<S extends StreamSocket> extends Socket {
  /** Connections accepted, and turned away for want of a fd. */
  accepted = 0;
  refused = 0;

  readonly #manager: SubscriberOps;
  readonly #acceptor: Acceptor<S>;
  readonly #edgeTriggered: boolean;
  readonly #onError: (error: EventManagerError) => void;
  readonly #onGone = () => this.#forgetOne();
  #reserve: EventFd | undefined = new EventFd();
  #connections = 0;
  #short = false;
  #paused = false;

  protected constructor(
    fd: number,
    manager: SubscriberOps,
    options: ListenerOptions,
    acceptor: Acceptor<S>,
  ) {
    super(fd, 'socket');
    this.#manager = manager;
    this.#acceptor = acceptor;
    this.#edgeTriggered = options.edgeTriggered ?? false;
    this.#onError = options.onError ?? ((error) => process.emitWarning(error));
  }

  /** Connections that were accepted here and are open. */
  get connections(): number {
    return this.#connections;
  }

  /** Accepts no more: what connects waits in the backlog. */
  pause(): void {
    this.#paused = true;
    this.update();
  }

  resume(): void {
    this.#paused = false;
    this.update();
  }

  /** The stream of an accepted fd. */
  protected abstract streamOf(fd: number): S;

  protected override wanted(): number {
    if (this.#paused) return 0;
    return (this.#edgeTriggered ? EPOLLIN | EPOLLET : EPOLLIN) >>> 0;
  }

  protected override ended(): void {
    this.#reserve?.close();
  }

  override process(): void {
    const errors: unknown[] = [];
    for (let i = 0; i < ACCEPT_BUDGET && !this.closed && !this.#paused; i += 1) {
      const fd = accept(this.fd);
      if (fd >= 0) this.#welcome(fd, errors);
      else if (fd === -EAGAIN) break;
      else if (fd === -EMFILE || fd === -ENFILE) this.#refuse(fd);
      else if (fd === -ENOBUFS || fd === -ENOMEM) this.#holdOn(fd);
      // Else that one connection failed before it was taken: ECONNABORTED, and the like.
      if (i === ACCEPT_BUDGET - 1 && this.#edgeTriggered) this.requeue();
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  }

  #welcome(fd: number, errors: unknown[]): void {
    this.accepted += 1;
    this.#short = false;
    let stream: S | undefined;
    try {
      stream = this.streamOf(fd);
      const handlers = this.#acceptor(stream);
      if (handlers) stream.handle(handlers);
      if (stream.closed) return;
      stream.begin(this.#manager, this.#onGone);
      this.#connections += 1;
    } catch (error) {
      stream?.close();
      errors.push(error);
    }
  }

  /** No fd for it: the reserve makes room to take it, and to close it. */
  #refuse(status: number): void {
    this.#complain(status);
    this.#reserve?.close();
    const fd = accept(this.fd);
    if (fd >= 0) {
      close(fd);
      this.refused += 1;
    }
    try {
      this.#reserve = new EventFd();
    } catch {
      // Another thread was faster. Without a reserve, all there is left is to wait.
      this.#reserve = undefined;
      this.pause();
    }
  }

  /** Tries again once one of our own connections has ended. */
  #holdOn(status: number): void {
    this.#complain(status);
    this.pause();
  }

  #forgetOne(): void {
    this.#connections -= 1;
    if (!this.#short || this.closed) return;
    try {
      this.#reserve ??= new EventFd();
    } catch {
      return;
    }
    if (this.#paused) this.resume();
  }

  #complain(status: number): void {
    if (this.#short) return;
    this.#short = true;
    this.#onError(systemError(status, 'accept4', this.fd));
  }
}

/** What is called for each connection is a function. */
export function checkAcceptor<A>(acceptor: A): A {
  if (typeof acceptor === 'function') return acceptor;
  throw invalidType('The acceptor', 'a function', acceptor);
}
