import type { EpollEntry, LinearMemory, PollHandle, Syscalls } from 'wasm-event-manager';

const ADD = 1;

/** One event of a batch, as the kernel has written it. */
export interface Received {
  readonly key: number;
  readonly events: number;
}

/** What stands for a registration in the kernel: slot and generation, in one number. */
export type Key = number;

/**
 * Stands between a manager and its kernel, and sees what passes: which key each fd was added
 * with, and each batch. It changes nothing.
 */
export class Witness implements Syscalls {
  readonly eventSize: 12 | 16;
  /** The latest key that a fd was added with. */
  readonly keys = new Map<number, Key>();
  /** Keys of the library's own fds. */
  readonly own = new Set<Key>();
  readonly #ownFds = new Set<number>();
  /** epoll_wait calls, and what they have brought that is not the library's own. */
  waits = 0;
  received = 0;
  /** epoll instances that are open. */
  readonly instances = new Set<number>();
  /** Told of each batch, and whether there was no room for more. */
  onBatch: (batch: readonly Received[], full: boolean) => void = () => {};
  readonly #syscalls: Syscalls;

  constructor(syscalls: Syscalls) {
    this.#syscalls = syscalls;
    this.eventSize = syscalls.eventSize;
    // What a kernel lacks, the witness is to lack too.
    for (const name of OPTIONAL) if (!syscalls[name]) Object.assign(this, { [name]: undefined });
  }

  /** fds of the library's that are open. */
  get ownFds(): number {
    return this.#ownFds.size;
  }

  create(): number {
    const epfd = this.#syscalls.create();
    if (epfd >= 0) this.instances.add(epfd);
    return epfd;
  }

  ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number {
    const result = this.#syscalls.ctl(epfd, operation, fd, interest, slot, generation);
    if (result === 0 && operation === ADD) {
      const key = (slot >>> 0) * 2 ** 32 + (generation >>> 0);
      this.keys.set(fd, key);
      if (this.#ownFds.has(fd)) this.own.add(key);
    }
    return result;
  }

  wait(epfd: number, memory: LinearMemory, offset: number, most: number, ms: number): number {
    this.waits += 1;
    const count = this.#syscalls.wait(epfd, memory, offset, most, ms);
    if (count < 0) return count;
    this.onBatch(this.#decode(memory.bytes, offset, count), count === most);
    return count;
  }

  close(fd: number): number {
    this.#ownFds.delete(fd);
    this.instances.delete(fd);
    return this.#syscalls.close(fd);
  }

  heedsSignals(): boolean {
    return this.#syscalls.heedsSignals?.() ?? true;
  }

  entries(epfd: number, fd?: number): EpollEntry[] | undefined {
    return this.#syscalls.entries?.(epfd, fd);
  }

  read(fd: number, into: Uint8Array): number {
    return this.#syscalls.read(fd, into);
  }

  write(fd: number, from: Uint8Array): number {
    return this.#syscalls.write(fd, from);
  }

  unread(fd: number): number {
    return this.#syscalls.unread?.(fd) ?? 0;
  }

  clock(): number {
    return this.#syscalls.clock();
  }

  createEventFd(): number {
    return this.#owned(this.#syscalls.createEventFd!());
  }

  createTimerFd(): number {
    return this.#owned(this.#syscalls.createTimerFd!());
  }

  setTimerFd(fd: number, atNs: bigint | undefined): number {
    return this.#syscalls.setTimerFd!(fd, atNs);
  }

  monotonicNs(): bigint {
    return this.#syscalls.monotonicNs!();
  }

  realtimeNs(): bigint {
    return this.#syscalls.realtimeNs!();
  }

  poll(epfd: number, onReadable: (status: number) => void): PollHandle | number {
    return this.#syscalls.poll!(epfd, onReadable);
  }

  #owned(fd: number): number {
    if (fd >= 0) this.#ownFds.add(fd);
    return fd;
  }

  #decode(bytes: Uint8Array, offset: number, count: number): Received[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const batch: Received[] = [];
    for (let i = 0; i < count; i += 1) {
      const at = offset + i * this.eventSize;
      const slot = view.getUint32(at + this.eventSize - 8, true);
      const generation = view.getUint32(at + this.eventSize - 4, true);
      const key = slot * 2 ** 32 + generation;
      if (!this.own.has(key)) batch.push({ key, events: view.getUint32(at, true) });
    }
    this.received += batch.length;
    return batch;
  }
}

const OPTIONAL = ['createEventFd', 'createTimerFd', 'poll', 'unread', 'heedsSignals'] as const;
