import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../../assembly/abi.js';
import { EINVAL } from '../sys/index.js';

/** A change that may have made anything ready. */
export const ANYTHING = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP;

/** Who is told when the state of a file may have changed: an entry of an epoll instance. */
export interface Watcher {
  /** Told after those that are not, and in the order in which they came. */
  readonly exclusive: boolean;
  /** `key`: what may have become ready. */
  wake(key: number): void;
}

/**
 * An open file description: what fds refer to, and what stays while one of them is open. The
 * kinds of file differ in `poll`, `read` and `write`.
 */
export abstract class SimulatedFile {
  /** fds that refer to it. */
  references = 0;
  readonly #watchers = new Set<Watcher>();

  /** What is ready now, whether asked for or not. */
  abstract poll(): number;

  /** Whether epoll takes it at all. */
  get pollable(): boolean {
    return true;
  }

  /** Bytes that can be read, or what a counter has come to. */
  get unread(): number {
    return 0;
  }

  read(_into: Uint8Array): number {
    return -EINVAL;
  }

  write(_from: Uint8Array): number {
    return -EINVAL;
  }

  /** The last fd was closed. */
  release(): void {}

  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Tells the watchers that `key` may have become ready: the kernel begins with the newest. */
  wake(key: number): void {
    const watchers = [...this.#watchers];
    for (const watcher of watchers.toReversed()) if (!watcher.exclusive) watcher.wake(key);
    for (const watcher of watchers) if (watcher.exclusive) watcher.wake(key);
  }
}

/** A regular file, which is always ready, and which epoll refuses. */
export class SimulatedRegularFile extends SimulatedFile {
  override get pollable(): boolean {
    return false;
  }

  poll(): number {
    return EPOLLIN;
  }

  override read(_into: Uint8Array): number {
    return 0;
  }

  override write(from: Uint8Array): number {
    return from.byteLength;
  }
}
