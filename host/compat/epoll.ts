import { AsyncResource } from 'node:async_hooks';
import { inspect } from 'node:util';
import {
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  STATUS_NOT_REGISTERED,
} from '../../assembly/abi.js';
import {
  checkEventSet,
  EventManagerError,
  type EventOps,
  type EventSubscriber,
  Events,
  type FdSource,
  fdOf,
  invalidType,
  isGone,
  printed,
  statusError,
} from '../contract/index.js';
import { type Membership, subscribe } from './thread-manager.js';

/**
 * What an Epoll calls for each event. `error` is there for the callbacks that are written for it,
 * and always null: what goes wrong is thrown where it was asked for.
 */
export type EpollCallback = (error: null, fd: number, events: number) => void;

/**
 * Stands in for the class of the npm package `epoll` (4.0): the same calls, with nothing to
 * compile. The callback is called in Node's own loop, once for each event, and the process stays
 * alive while a fd is watched.
 *
 * Here `close` may be called twice, `remove` takes a fd that is closed, a fd that comes back under
 * an old number is its new owner's, it works in workers too, and errors have a `code`.
 *
 * @example
 * const poller = new Epoll((error, fd, events) => {
 *   readSync(fd, buffer, 0, 1, 0);
 * });
 * poller.add(valueFd, Epoll.EPOLLPRI);
 * // and in the end
 * poller.remove(valueFd).close();
 */
export class Epoll implements Disposable {
  static readonly EPOLLIN: number = EPOLLIN;
  static readonly EPOLLOUT: number = EPOLLOUT;
  static readonly EPOLLRDHUP: number = EPOLLRDHUP;
  static readonly EPOLLPRI: number = EPOLLPRI;
  static readonly EPOLLERR: number = EPOLLERR;
  static readonly EPOLLHUP: number = EPOLLHUP;
  static readonly EPOLLET: number = EPOLLET;
  static readonly EPOLLONESHOT: number = EPOLLONESHOT;

  readonly #subscriber: EventSubscriber;
  /** Only while it watches something, so that one which was forgotten can be collected. */
  #membership: Membership | undefined;
  readonly #watched = new Set<number>();
  /** Watched once, and closed without `remove`. */
  readonly #lost = new Set<number>();
  #closed = false;

  /** @throws TypeError for what can't be called */
  constructor(callback: EpollCallback) {
    if (typeof callback !== 'function') {
      throw invalidType('The callback of an Epoll', 'a function', callback);
    }
    // As the original has it: an AsyncLocalStorage is that of here, not of who made it ready.
    const call = AsyncResource.bind(callback, 'Epoll');
    this.#subscriber = {
      process: ({ fd, eventSet }) => void call(null, fd, eventSet),
      evicted: ({ fd }) => this.#lose(fd),
    };
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Watches a fd: epoll_ctl(2), ADD. `events` is made of the constants with `|`, and may be
   * negative, as what holds EPOLLET is then.
   *
   * @throws as `EventOps.add`; ERR_CLOSED; ERR_UNSUPPORTED_PLATFORM where there is no epoll
   */
  add(source: FdSource, events: number): this {
    this.#assertOpen('add');
    const wanted = new Events(source, checkEventSet(events));
    this.#membership ??= subscribe(this.#subscriber);
    try {
      this.#membership.ops.add(wanted);
    } catch (error) {
      this.#leaveIfIdle();
      throw error;
    }
    this.#watched.add(wanted.fd);
    this.#lost.delete(wanted.fd);
    return this;
  }

  /**
   * Replaces what is watched for on a fd, and arms one of EPOLLONESHOT again: epoll_ctl(2), MOD.
   *
   * @throws as `EventOps.modify`; ERR_CLOSED
   */
  modify(source: FdSource, events: number): this {
    this.#assertOpen('modify');
    const wanted = new Events(source, checkEventSet(events));
    try {
      this.#ops(wanted.fd).modify(wanted);
    } catch (error) {
      if (isGone(error)) this.#lose(wanted.fd);
      throw error;
    }
    return this;
  }

  /**
   * Watches a fd no more: epoll_ctl(2), DEL. One that was closed before may be removed too.
   *
   * @throws ERR_NOT_REGISTERED, ERR_CLOSED
   */
  remove(source: FdSource): this {
    this.#assertOpen('remove');
    const fd = fdOf(source);
    if (this.#lost.delete(fd)) return this;
    this.#ops(fd).remove(fd);
    this.#watched.delete(fd);
    this.#leaveIfIdle();
    return this;
  }

  /** Watches nothing any more, for good. Idempotent. */
  close(): null {
    this.#closed = true;
    this.#watched.clear();
    this.#lost.clear();
    this.#leaveIfIdle();
    return null;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    if (this.#closed) return printed('Epoll', 'closed');
    return printed('Epoll', `watching: [${[...this.#watched].join(', ')}]`);
  }

  #ops(fd: number): EventOps {
    if (this.#membership && this.#watched.has(fd)) return this.#membership.ops;
    throw statusError(STATUS_NOT_REGISTERED, fd);
  }

  /** The kernel knows the fd no more; the number may be another's by now. */
  #lose(fd: number): void {
    if (this.#watched.delete(fd)) this.#lost.add(fd);
    this.#leaveIfIdle();
  }

  #leaveIfIdle(): void {
    if (this.#watched.size > 0) return;
    this.#membership?.leave();
    this.#membership = undefined;
  }

  #assertOpen(verb: string): void {
    if (!this.#closed) return;
    throw new EventManagerError('ERR_CLOSED', `${verb} on an Epoll that was closed: make another`);
  }
}
