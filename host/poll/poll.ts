import { inspect } from 'node:util';
import { checkTimeout, invalidType, printed, systemError } from '../contract/index.js';
import { EINTR, forget, isOnePiece, type Lease, pieceOf, watchOver } from '../sys/index.js';
import { EpollSet, kernel, type SharedEpollSet } from './epoll-set.js';
import { Events } from './events.js';
import { Registry } from './registry.js';

/**
 * The layer below the event manager: an epoll instance, tokens instead of subscribers, and no
 * table. The shape is mio's. One that is collected unclosed leaks its fd, of which a warning tells
 * (`FdLeakWarning`).
 *
 * @example
 * using poll = new Poll();
 * const events = new Events(128);
 * poll.registry.register(listener, Token(0), Interest.READABLE);
 * for (;;) {
 *   poll.poll(events);
 *   for (const event of events) if (event.token === 0) accept(listener);
 * }
 */
export class Poll implements Disposable {
  readonly #set: EpollSet;
  readonly registry: Registry;
  readonly #lease: Lease;

  /** epoll_create1(2), CLOEXEC. @throws ERR_UNSUPPORTED_PLATFORM, EMFILE, … */
  constructor();
  /** @internal */
  constructor(set: EpollSet);
  constructor(set = EpollSet.create()) {
    this.#set = set;
    this.registry = new Registry(set);
    this.#lease = watchOver(this, 'a Poll', set.fd);
  }

  /**
   * Joins, in another thread, the poll that `share` was called on: both wait for the same set of
   * sources, and an event goes to one of them if it is registered with `oneShot` or
   * `edgeTriggered`. Each poll has a fd of its own (fcntl(2), F_DUPFD_CLOEXEC) and is to be closed;
   * the set lives until all are.
   *
   * @throws ERR_INVALID_HANDLE, ERR_CLOSED
   */
  static from(shared: SharedEpollSet): Poll {
    return new Poll(EpollSet.from(shared).duplicate());
  }

  /** The epoll fd: readable while something is ready, and so can be watched itself. */
  get fd(): number {
    return this.#set.fd;
  }

  get closed(): boolean {
    return this.#set.closed;
  }

  /**
   * Waits until something is ready, and replaces what is in `events`. Milliseconds; zero only
   * looks, fractions count where the kernel has epoll_pwait2(2), undefined and Infinity wait for
   * ever. Blocks the thread; in a worker, it looks up every 50 ms whether that is to end.
   * epoll_wait(2).
   *
   * @returns how many events there are; 0 after the timeout, or when a signal came that the
   * program listens to
   * @throws ERR_CLOSED, RangeError
   */
  poll(events: Events, timeoutMs?: number): number {
    if (!(events instanceof Events)) throw invalidType('events', 'an Events collection', events);
    const timeout = checkTimeout(timeoutMs);
    const { fd } = this.#set;
    const end = timeout > 0 ? performance.now() + timeout : 0;
    events.clear();
    for (let left = timeout; ; left = left < 0 ? left : Math.max(0, end - performance.now())) {
      const received = kernel().wait(fd, events, 0, events.capacity, pieceOf(left));
      if (received === -EINTR) {
        if (kernel().heedsSignals()) return 0;
        continue;
      }
      if (received < 0) throw systemError(received, 'epoll_wait', fd);
      events.length = received;
      if (received > 0 || isOnePiece(left)) return received;
    }
  }

  /** What to post to threads that shall wait for the same sources; no transfer list. */
  share(): SharedEpollSet {
    return this.#set.share();
  }

  /**
   * Closes the epoll fd, after those registrations that other threads are in the middle of; later
   * ones get ERR_CLOSED. The sources are the user's, and so is a waker. Idempotent.
   */
  close(): void {
    forget(this.#lease);
    this.#set.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    return this.closed ? printed('Poll', 'closed') : printed('Poll', `fd: ${this.fd}`, 'open');
  }
}
