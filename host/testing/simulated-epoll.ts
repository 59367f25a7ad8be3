import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLWAKEUP,
} from '../../assembly/abi.js';
import { EEXIST, EINVAL, ELOOP, ENOENT, type EpollEntry } from '../sys/index.js';
import { SimulatedFile, type Watcher } from './simulated-file.js';

/** Flags that say how, and not what. An entry left with nothing else is disabled. */
const PRIVATE = (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE) >>> 0;
const WITH_EXCLUSIVE =
  (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE) >>> 0;
/** epoll instances inside one another. */
const DEPTH_MAX = 5;

export interface SimulatedEvent {
  events: number;
  slot: number;
  generation: number;
}

/** What one epoll instance knows of one (file, fd). */
class Entry implements Watcher {
  interest = 0;
  slot = 0;
  generation = 0;

  constructor(
    readonly epoll: SimulatedEpoll,
    readonly file: SimulatedFile,
    readonly fd: number,
  ) {}

  get exclusive(): boolean {
    return (this.interest & EPOLLEXCLUSIVE) !== 0;
  }

  get enabled(): boolean {
    return (this.interest & ~PRIVATE) !== 0;
  }

  wake(key: number): void {
    if (this.enabled && (this.interest & key) !== 0) this.epoll.queue(this);
  }

  ready(): number {
    return this.enabled ? this.file.poll() & this.interest : 0;
  }

  set(interest: number, slot: number, generation: number): void {
    this.interest = (interest | EPOLLERR | EPOLLHUP) >>> 0;
    this.slot = slot;
    this.generation = generation;
  }
}

/** epoll(7): an interest list and a list of what was found ready, in the kernel's order. */
export class SimulatedEpoll extends SimulatedFile {
  readonly #entries = new Map<SimulatedFile, Map<number, Entry>>();
  /** The instances that watch this one, with how many of its fds each does. */
  readonly #parents = new Map<SimulatedEpoll, number>();
  #ready = new Set<Entry>();

  /** Being asked, it drops what was found ready and is not any more, up to the first that is. */
  poll(): number {
    for (const entry of this.#ready) {
      if (entry.ready() !== 0) return EPOLLIN;
      this.#ready.delete(entry);
    }
    return 0;
  }

  /** epoll_ctl(2). */
  ctl(
    operation: number,
    fd: number,
    file: SimulatedFile,
    interest: number,
    slot: number,
    generation: number,
  ): number {
    if (file === this) return -EINVAL;
    const refused = this.#refuse(operation, file, interest);
    if (refused !== 0) return refused;
    const entry = this.#entries.get(file)?.get(fd);
    switch (operation) {
      case EPOLL_CTL_ADD:
        if (entry) return -EEXIST;
        return this.#arm(this.#add(file, fd), interest, slot, generation);
      case EPOLL_CTL_MOD:
        if (!entry) return -ENOENT;
        if (entry.exclusive) return -EINVAL;
        return this.#arm(entry, interest, slot, generation);
      case EPOLL_CTL_DEL:
        if (!entry) return -ENOENT;
        this.#remove(entry);
        return 0;
      default:
        return -EINVAL;
    }
  }

  /** The entries, of one number or of all. */
  list(fd?: number): EpollEntry[] {
    const entries = [...this.#entries.values()].flatMap((byFd) => [...byFd.values()]);
    return entries.filter((entry) => fd === undefined || entry.fd === fd);
  }

  /** Takes up to `most` events. What is level-triggered goes to the end of the line. */
  take(most: number): SimulatedEvent[] {
    const events: SimulatedEvent[] = [];
    const line = [...this.#ready];
    const again: Entry[] = [];
    let seen = 0;
    for (const entry of line) {
      if (events.length === most) break;
      seen += 1;
      const ready = entry.ready();
      if (ready === 0) continue;
      events.push({ events: ready, slot: entry.slot, generation: entry.generation });
      if ((entry.interest & EPOLLONESHOT) !== 0) entry.interest &= PRIVATE;
      else if ((entry.interest & EPOLLET) === 0) again.push(entry);
    }
    this.#ready = new Set([...line.slice(seen), ...again]);
    return events;
  }

  queue(entry: Entry): void {
    this.#ready.add(entry);
    this.wake(EPOLLIN);
  }

  /** A file was closed for good: its entries go without a word. */
  forget(file: SimulatedFile): void {
    for (const entry of this.#entries.get(file)?.values() ?? []) this.#remove(entry);
  }

  override release(): void {
    for (const file of [...this.#entries.keys()]) this.forget(file);
  }

  #refuse(operation: number, file: SimulatedFile, interest: number): number {
    if (operation !== EPOLL_CTL_DEL && (interest & EPOLLEXCLUSIVE) !== 0) {
      if (operation === EPOLL_CTL_MOD || file instanceof SimulatedEpoll) return -EINVAL;
      if ((interest & ~WITH_EXCLUSIVE) !== 0) return -EINVAL;
    }
    if (operation !== EPOLL_CTL_ADD || !(file instanceof SimulatedEpoll)) return 0;
    if (file.#contains(this)) return -ELOOP;
    return this.#depthAbove() + file.#depthBelow() > DEPTH_MAX ? -ELOOP : 0;
  }

  #contains(epoll: SimulatedEpoll): boolean {
    if (this === epoll) return true;
    return this.#children().some((child) => child.#contains(epoll));
  }

  #children(): SimulatedEpoll[] {
    return [...this.#entries.keys()].filter((file) => file instanceof SimulatedEpoll);
  }

  #depthBelow(): number {
    return 1 + Math.max(0, ...this.#children().map((child) => child.#depthBelow()));
  }

  #depthAbove(): number {
    return 1 + Math.max(0, ...[...this.#parents.keys()].map((parent) => parent.#depthAbove()));
  }

  #add(file: SimulatedFile, fd: number): Entry {
    const entry = new Entry(this, file, fd);
    let byFd = this.#entries.get(file);
    if (!byFd) {
      byFd = new Map();
      this.#entries.set(file, byFd);
    }
    byFd.set(fd, entry);
    if (file instanceof SimulatedEpoll) {
      file.#parents.set(this, (file.#parents.get(this) ?? 0) + 1);
    }
    file.watch(entry);
    return entry;
  }

  #arm(entry: Entry, interest: number, slot: number, generation: number): number {
    entry.set(interest, slot, generation);
    if (entry.ready() !== 0 && !this.#ready.has(entry)) this.queue(entry);
    return 0;
  }

  #remove(entry: Entry): void {
    const { file, fd } = entry;
    const byFd = this.#entries.get(file);
    byFd?.delete(fd);
    if (byFd?.size === 0) this.#entries.delete(file);
    if (file instanceof SimulatedEpoll) {
      const left = (file.#parents.get(this) ?? 1) - 1;
      if (left > 0) file.#parents.set(this, left);
      else file.#parents.delete(this);
    }
    this.#ready.delete(entry);
    file.unwatch(entry);
  }
}
