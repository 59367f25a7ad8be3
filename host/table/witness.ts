import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLONESHOT } from '../../assembly/abi.js';
import { EBADF, EEXIST, EPERM, type Syscalls } from '../sys/index.js';

/** Instances at once, after which all is forgotten. */
const INSTANCES_MAX = 8;

interface Instance {
  readonly epfd: number;
  /** Numbers that it may hold an earlier file of. */
  readonly seen: Set<number>;
}

/**
 * Remembers which files numbers named, by epoll instances that nobody waits for: their key is
 * (file, number), too. As an instance keeps a file that lives on under its old number, it takes
 * each number once. To ask costs a system call, however much is registered.
 */
export class Witness {
  readonly #syscalls: Syscalls;
  #instances: Instance[] = [];
  readonly #where = new Map<number, Instance>();

  constructor(syscalls: Syscalls) {
    this.#syscalls = syscalls;
  }

  remembers(fd: number): boolean {
    return this.#where.has(fd);
  }

  /** Remembers the file that a number names now, if there is room for it. */
  remember(fd: number): void {
    this.forget(fd);
    const instance = this.#instances.find(({ seen }) => !seen.has(fd)) ?? this.#open();
    if (!instance) return;
    instance.seen.add(fd);
    if (this.#ctl(instance, EPOLL_CTL_ADD, fd) === 0) this.#where.set(fd, instance);
  }

  /** Whether a number names the file that is remembered; undefined where that isn't known. */
  confirms(fd: number): boolean | undefined {
    const instance = this.#where.get(fd);
    if (!instance) return undefined;
    const status = this.#ctl(instance, EPOLL_CTL_ADD, fd);
    if (status === -EEXIST) return true;
    if (status === 0) this.#ctl(instance, EPOLL_CTL_DEL, fd);
    return status === 0 || status === -EBADF || status === -EPERM ? false : undefined;
  }

  forget(fd: number): void {
    const instance = this.#where.get(fd);
    this.#where.delete(fd);
    if (instance && this.#ctl(instance, EPOLL_CTL_DEL, fd) === 0) instance.seen.delete(fd);
  }

  /** Forgets all. */
  close(): void {
    for (const { epfd } of this.#instances) this.#syscalls.close(epfd);
    this.#instances = [];
    this.#where.clear();
  }

  #open(): Instance | undefined {
    if (this.#instances.length === INSTANCES_MAX) this.close();
    const epfd = this.#syscalls.create();
    if (epfd < 0) return undefined;
    const instance = { epfd, seen: new Set<number>() };
    this.#instances.push(instance);
    return instance;
  }

  #ctl({ epfd }: Instance, operation: number, fd: number): number {
    return this.#syscalls.ctl(epfd, operation, fd, EPOLLONESHOT, 0, 0);
  }
}
