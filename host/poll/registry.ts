import { inspect } from 'node:util';
import {
  EBADF,
  EEXIST,
  EINVAL,
  ENOENT,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  STATUS_ALREADY_REGISTERED,
  STATUS_NOT_REGISTERED,
} from '../../assembly/abi.js';
import {
  checkInterest,
  EventManagerError,
  EventSet,
  type FdSource,
  fdOf,
  printed,
  statusError,
  systemError,
} from '../contract/index.js';
import { EpollSet, kernel, type SharedEpollSet } from './epoll-set.js';
import { Interest, interestSet } from './interest.js';
import { Token } from './token.js';

const HIGH = 2 ** 32;

/**
 * A source that decides for itself how it registers: several fds behind one object, or flags that
 * only it knows. The registry calls these, and they call the registry with plain fds.
 *
 * @example
 * class Both implements Source {
 *   constructor(readonly input: PipeReader, readonly output: PipeWriter) {}
 *   register(registry: Registry, token: Token) {
 *     registry.register(this.input, token, Interest.READABLE);
 *     registry.register(this.output, token, Interest.WRITABLE);
 *   }
 *   …
 * }
 */
export interface Source {
  register(registry: Registry, token: Token, interest: Interest): void;
  reregister(registry: Registry, token: Token, interest: Interest): void;
  deregister(registry: Registry): void;
}

/**
 * Registers sources with a poll, from its own thread or any other, also while the poll is waiting.
 * There is no table: the kernel's interest list is the only one, so that all threads agree, and
 * the token travels as the kernel's own data. All methods throw ERR_CLOSED once the poll is closed.
 *
 * @example
 * worker.postMessage(poll.registry.share());
 * // in the worker
 * Registry.from(message).register(socket, Token(7), Interest.READABLE);
 */
export class Registry {
  readonly #set: EpollSet;

  /** @internal */
  constructor(set: EpollSet) {
    this.#set = set;
  }

  /** Takes up, in another thread, what `share` has answered. @throws ERR_INVALID_HANDLE */
  static from(shared: SharedEpollSet): Registry {
    return new Registry(EpollSet.from(shared));
  }

  /**
   * Watches a source: epoll_ctl(2), ADD. A fd can be registered once, whatever the token.
   *
   * @throws ERR_FD_ALREADY_REGISTERED, ERR_INVALID_INTEREST, ERR_NOT_POLLABLE (a regular file),
   * ERR_NESTING_TOO_DEEP, EBADF, ENOSPC, …; what a `Source` throws
   */
  register(source: FdSource | Source, token: Token, interest: Interest | EventSet): void {
    if (isSource(source)) source.register(this, Token(token), asInterest(interest));
    else this.#control(EPOLL_CTL_ADD, fdOf(source), Token(token), interestSet(interest));
  }

  /**
   * Replaces token and interest, and re-arms: epoll_ctl(2), MOD. What is pending is told with the
   * new token.
   *
   * @throws ERR_NOT_REGISTERED; ERR_INVALID_INTEREST for an exclusive registration
   */
  reregister(source: FdSource | Source, token: Token, interest: Interest | EventSet): void {
    if (isSource(source)) source.reregister(this, Token(token), asInterest(interest));
    else this.#control(EPOLL_CTL_MOD, fdOf(source), Token(token), interestSet(interest));
  }

  /**
   * Watches a source no longer: epoll_ctl(2), DEL. What was pending is not told, unless a `poll`
   * has fetched it before. A fd that was closed meanwhile is gone already, and no error.
   *
   * @throws ERR_NOT_REGISTERED
   */
  deregister(source: FdSource | Source): void {
    if (isSource(source)) source.deregister(this);
    else this.#control(EPOLL_CTL_DEL, fdOf(source), 0, 0);
  }

  /** What to post to other threads, with no transfer list, to as many as you like. */
  share(): SharedEpollSet {
    return this.#set.share();
  }

  /** Another registry of the same poll, for this thread. */
  tryClone(): Registry {
    return Registry.from(this.share());
  }

  /** @internal For the waker. */
  get set(): EpollSet {
    return this.#set;
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    if (this.#set.closed) return printed('Registry', 'closed');
    return printed('Registry', `poll: ${this.#set.fd}`);
  }

  #control(operation: number, fd: number, token: Token, set: EventSet): void {
    checkInterest(set, fd);
    const high = Math.floor(token / HIGH);
    const status = this.#set.use((epfd) =>
      kernel().ctl(epfd, operation, fd, set, token % HIGH, high),
    );
    if (status < 0) fail(status, operation, fd, set);
  }
}

function fail(status: number, operation: number, fd: number, set: EventSet): void {
  if (status === -EBADF && operation === EPOLL_CTL_DEL) return;
  if (status === -EEXIST) throw statusError(STATUS_ALREADY_REGISTERED, fd);
  if (status === -ENOENT) throw statusError(STATUS_NOT_REGISTERED, fd);
  const modifies = operation === EPOLL_CTL_MOD;
  if (status === -EINVAL && (modifies || (set & EventSet.EXCLUSIVE) !== 0)) {
    throw new EventManagerError(
      'ERR_INVALID_INTEREST',
      `fd ${fd} can't be watched like that: an EXCLUSIVE registration can't be changed, but only ` +
        "deregistered, and an epoll instance can't be watched with EXCLUSIVE",
      { fd, errno: -EINVAL, syscall: 'epoll_ctl' },
    );
  }
  throw systemError(status, 'epoll_ctl', fd);
}

function asInterest(interest: Interest | EventSet): Interest {
  return interest instanceof Interest ? interest : new Interest(interest);
}

function isSource(source: unknown): source is Source {
  return typeof (source as Source | null)?.register === 'function';
}
