import { EPOLL_CTL_ADD, EPOLLIN } from '../../assembly/abi.js';
import { systemError } from '../contract/index.js';
import type { Syscalls } from '../sys/index.js';

/** The epoll instance of one manager: made, replaced when it is haunted, closed. */
export class EpollInstance {
  readonly #syscalls: Syscalls;
  #fd: number;
  /** An instance around ours, for whoever nests it: it outlives a replacement. */
  #nested = -1;

  /** epoll_create1(2). @throws EMFILE, … */
  constructor(syscalls: Syscalls) {
    this.#syscalls = syscalls;
    this.#fd = create(syscalls);
  }

  get fd(): number {
    return this.#fd;
  }

  /** A fd that is readable while anything is ready; the same one for as long as we live. */
  nestedFd(): number {
    if (this.#nested < 0) {
      const nested = create(this.#syscalls);
      try {
        this.#nest(nested, this.#fd);
      } catch (error) {
        this.#syscalls.close(nested);
        throw error;
      }
      this.#nested = nested;
    }
    return this.#nested;
  }

  /** Puts a new instance in the place of the old, once `move` has moved everything over. */
  replace(move: (fd: number) => void): void {
    const fd = create(this.#syscalls);
    try {
      // The move comes last: once it is done there is no way back.
      if (this.#nested >= 0) this.#nest(this.#nested, fd);
      move(fd);
    } catch (error) {
      this.#syscalls.close(fd);
      throw error;
    }
    this.#syscalls.close(this.#fd);
    this.#fd = fd;
  }

  close(): void {
    this.#syscalls.close(this.#fd);
    if (this.#nested >= 0) this.#syscalls.close(this.#nested);
  }

  #nest(outer: number, inner: number): void {
    const status = this.#syscalls.ctl(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 0, 0);
    if (status < 0) throw systemError(status, 'epoll_ctl', inner);
  }
}

function create(syscalls: Syscalls): number {
  const fd = syscalls.create();
  if (fd < 0) throw systemError(fd, 'epoll_create1');
  return fd;
}
