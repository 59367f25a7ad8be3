import { EBADF, EINVAL, EMFILE } from '../sys/index.js';
import { SimulatedEpoll } from './simulated-epoll.js';
import type { SimulatedFile } from './simulated-file.js';

/** A process's table of fds: the lowest free number is the next, as on Linux. */
export class SimulatedFds {
  readonly #files = new Map<number, SimulatedFile>();
  readonly #epolls = new Set<SimulatedEpoll>();
  readonly #first: number;
  /** No number below it is free. */
  #lowest: number;
  readonly #most: number;

  constructor(first: number, most: number) {
    this.#first = first;
    this.#lowest = first;
    this.#most = most;
  }

  /** A fd for a file, or -EMFILE. */
  open(file: SimulatedFile): number {
    if (this.#files.size >= this.#most) return -EMFILE;
    let fd = this.#lowest;
    while (this.#files.has(fd)) fd += 1;
    this.#lowest = fd + 1;
    this.#files.set(fd, file);
    file.references += 1;
    if (file instanceof SimulatedEpoll) this.#epolls.add(file);
    return fd;
  }

  /** dup(2). */
  dup(fd: number): number {
    const file = this.#files.get(fd);
    return file ? this.open(file) : -EBADF;
  }

  /** dup2(2). */
  dup2(fd: number, to: number): number {
    const file = this.#files.get(fd);
    if (!file || !Number.isInteger(to) || to < 0) return -EBADF;
    if (to === fd) return to;
    file.references += 1;
    this.close(to);
    this.#files.set(to, file);
    return to;
  }

  /** Two fds, or twice -EMFILE and no fd at all. */
  openPair(one: SimulatedFile, other: SimulatedFile): [number, number] {
    if (this.#files.size + 2 > this.#most) return [-EMFILE, -EMFILE];
    return [this.open(one), this.open(other)];
  }

  get(fd: number): SimulatedFile | undefined {
    return this.#files.get(fd);
  }

  /** An epoll instance, or the errno of a call on it. */
  epoll(fd: number): SimulatedEpoll | number {
    const file = this.#files.get(fd);
    if (!file) return -EBADF;
    return file instanceof SimulatedEpoll ? file : -EINVAL;
  }

  /** close(2): the file goes, with its entries in every epoll instance, when no fd is left. */
  close(fd: number): number {
    const file = this.#files.get(fd);
    if (!file) return -EBADF;
    this.#files.delete(fd);
    if (fd >= this.#first) this.#lowest = Math.min(this.#lowest, fd);
    file.references -= 1;
    if (file.references > 0) return 0;
    for (const epoll of this.#epolls) epoll.forget(file);
    file.release();
    if (file instanceof SimulatedEpoll) this.#epolls.delete(file);
    return 0;
  }

  /** All that are open, in order. */
  list(): number[] {
    return [...this.#files.keys()].sort((a, b) => a - b);
  }
}
