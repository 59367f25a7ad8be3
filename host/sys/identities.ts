import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLONESHOT } from '../../assembly/abi.js';
import { EEXIST, ENOENT } from './errno.js';
import type { Syscalls } from './syscalls.js';

export type EpollCalls = Pick<Syscalls, 'create' | 'ctl' | 'close'>;

/** Tells whether a number still means the same file: by an epoll instance nobody waits for. */
export class Identities {
  readonly #kernel: EpollCalls;
  #epfd = -1;

  constructor(kernel: EpollCalls) {
    this.#kernel = kernel;
  }

  /** Remembers the file of a number: 0, or what epoll has against it, negated. */
  remember(fd: number): number {
    if (this.#epfd < 0) this.#epfd = this.#kernel.create();
    if (this.#epfd < 0) return this.#epfd;
    return this.#kernel.ctl(this.#epfd, EPOLL_CTL_ADD, fd, EPOLLONESHOT, 0, 0);
  }

  /** 0 while the number means the file that is remembered; otherwise an errno, negated. */
  check(fd: number): number {
    // Asking so doesn't poll the file, which would take its event.
    const status = this.remember(fd);
    if (status === -EEXIST) return 0;
    return status === 0 ? -ENOENT : status;
  }

  forget(fd: number): void {
    if (this.#epfd >= 0) this.#kernel.ctl(this.#epfd, EPOLL_CTL_DEL, fd, 0, 0, 0);
  }

  close(): void {
    if (this.#epfd >= 0) this.#kernel.close(this.#epfd);
    this.#epfd = -1;
  }
}
