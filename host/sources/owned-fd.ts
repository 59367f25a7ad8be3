import { inspect } from 'node:util';
import {
  BEFORE_CLOSE,
  EventManagerError,
  type Part,
  type Place,
  printed,
  systemError,
  Watchers,
} from '../contract/index.js';
import { close, forget, type Lease, watchOver } from '../sys/index.js';

/**
 * An object that owns a file descriptor. `close`, or the end of `using`, closes the fd once. From
 * then on `fd` is -1, which every call refuses, so that no call reaches a stranger's fd.
 *
 * An object that is collected before it was closed leaks its fd, and a warning (`FdLeakWarning`)
 * says so.
 */
export abstract class OwnedFd implements Disposable {
  #fd = -1;
  #closing = false;
  #watchers: Watchers | undefined;
  readonly #lease: Lease;

  /**
   * Owns what a system call gives, or gave: a fd, or its negated errno, which is thrown. Once the
   * call was made nothing can fail, as nothing is called: so none is lost.
   */
  protected constructor(source: number | (() => number), syscall: string, place?: Place) {
    this.#lease = watchOver(this, syscall);
    const result = typeof source === 'number' ? source : source();
    if (result < 0) throw systemError(result, syscall, undefined, place);
    this.#lease.fd = result;
    this.#fd = result;
  }

  /** The number, 0 to 2³¹−1; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /**
   * close(2). Idempotent. What `withFd`, `withOwned`, `manager.watch` and `readable` do with this
   * object ends first, as by `remove`; a fd that was added by `ops.add` remove yourself, before.
   */
  close(): void {
    if (this.#fd < 0 || this.#closing) return;
    try {
      this.endWatching();
    } finally {
      // The number goes last: where the stack is too short for close(2), it can be tried again.
      this.closeFd(this.#fd);
      this.disown();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The number, for a system call. @throws ERR_CLOSED */
  protected get open(): number {
    if (this.#fd < 0) throw new EventManagerError('ERR_CLOSED', 'this source was closed');
    return this.#fd;
  }

  /** Closes what it owns, and owns another fd from now on. */
  protected replace(result: number, syscall: string): void {
    if (result < 0) throw systemError(result, syscall);
    try {
      this.endWatching();
    } finally {
      this.closeFd(this.#fd);
      this.#lease.fd = result;
      this.#fd = result;
    }
  }

  /** Owns it no more, and leaves it open. */
  protected disown(): void {
    this.#fd = -1;
    forget(this.#lease);
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    const state = this.closed ? ['closed'] : [`fd: ${this.#fd}`, 'open'];
    return printed(this.constructor.name, ...state, ...this.details());
  }

  /** @internal What else it shows of itself. */
  protected details(): readonly Part[] {
    return [];
  }

  /** @internal */
  [BEFORE_CLOSE](end: () => void): () => void {
    this.#watchers ??= new Watchers();
    return this.#watchers.add(end);
  }

  /**
   * Ends what watches the fd, while that is open: epoll can't be told of one that isn't. Each may
   * call `close`.
   */
  protected endWatching(): void {
    if (!this.#watchers) return;
    this.#closing = true;
    try {
      this.#watchers.endAll();
    } finally {
      this.#closing = false;
    }
  }

  /** close(2), of the fd that is owned. */
  protected closeFd(fd: number): void {
    close(fd);
  }
}
