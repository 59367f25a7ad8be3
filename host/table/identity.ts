import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLONESHOT,
  EPOLLPRI,
  STATE_DETACHED,
  STATE_DISARMED,
  STATE_PAUSED,
} from '../../assembly/abi.js';
import { ENOENT, type EpollEntry, type Syscalls } from '../sys/index.js';
import type { Core } from '../wasm/index.js';
import { type RegistrationRecord, readRecord } from './record.js';
import { Witness } from './witness.js';

/** The entries of one number. */
type Entries = readonly EpollEntry[];

/**
 * Finds out whether a number still names the file that is registered. The kernel's key is (file,
 * number), so that an epoll instance may hold several entries for one number, and finds the one of
 * the file that it names now. The core asks (STATUS_UNSURE) where that may be another's.
 *
 * The list of entries says it, and takes time for each of them. So the file is remembered when
 * such a number is registered, and the list is read when as many questions were asked as it has
 * entries: from then on only those numbers are asked of that have several.
 */
export class Identity {
  readonly #core: Core;
  readonly #syscalls: Syscalls;
  readonly #witness: Witness;
  /** Numbers of which not the file itself may be in the epoll instance, but an eventfd. */
  readonly #relayed = new Set<number>();
  /** Questions since the list was read. */
  #asked = 0;

  constructor(core: Core, syscalls: Syscalls) {
    this.#core = core;
    this.#syscalls = syscalls;
    this.#witness = new Witness(syscalls);
    if (syscalls.entries) core.exports.askWhoseNumber();
  }

  /** Whether a registered number still names its file. Where it doesn't, that has ended. */
  verify(epfd: number, fd: number): boolean {
    const { exports } = this.#core;
    const same = this.#isSame(epfd, fd);
    if (same) exports.vouch(fd);
    else exports.disown(fd);
    return same;
  }

  /** Does something to a registered number, or ends that where it names another file. */
  operate(epfd: number, fd: number, operation: () => number): number {
    const status = this.verify(epfd, fd) ? operation() : -ENOENT;
    this.#acted(fd);
    return status;
  }

  /** A number in doubt was registered. */
  registered(fd: number): void {
    if (!this.#syscalls.entries) return;
    this.#relayed.delete(fd);
    this.#witness.forget(fd);
    this.#acted(fd);
  }

  /** Something was done to a number in doubt: remembers what it names, for the next time. */
  #acted(fd: number): void {
    const { exports } = this.#core;
    const slot = exports.slotOf(fd);
    if (slot === 0) return;
    if ((this.#record(slot).interest & EPOLLPRI) !== 0) this.#relayed.add(fd);
    if (this.#relayed.has(fd) || this.#witness.remembers(fd) || !exports.isHaunted(fd)) return;
    this.#witness.remember(fd);
  }

  /** Ends the registrations whose number, of several entries, names another file now. */
  verifyAll(epfd: number): void {
    const { exports } = this.#core;
    const entries = byNumber(this.#syscalls.entries?.(epfd) ?? []);
    const watched = [...entries.keys()].filter((fd) => {
      const slot = exports.slotOf(fd);
      return slot !== 0 && (this.#record(slot).state & STATE_DETACHED) === 0;
    });
    for (const fd of this.#others(epfd, watched, entries)) exports.disown(fd);
  }

  /** The epoll instance is a new one, or no more. */
  forget(): void {
    this.#witness.close();
    this.#relayed.clear();
    this.#asked = 0;
  }

  #isSame(epfd: number, fd: number): boolean {
    const { exports } = this.#core;
    const { state } = this.#record(exports.slotOf(fd));
    // A detached one has no entry to be mistaken: what is done next makes one, of any file.
    if ((state & STATE_DETACHED) !== 0) {
      this.#witness.forget(fd);
      return true;
    }
    this.#asked += 1;
    if (this.#asked <= exports.registrationCount() && !this.#relayed.has(fd)) {
      const confirmed = this.#witness.confirms(fd);
      if (confirmed !== undefined) return confirmed;
    }
    const entries = this.#sweep(epfd);
    return !entries || this.#others(epfd, [fd], entries).length === 0;
  }

  /** Reads the list: of all numbers, only those with an entry that isn't theirs are in doubt. */
  #sweep(epfd: number): Map<number, Entries> | undefined {
    const { exports } = this.#core;
    const list = this.#syscalls.entries?.(epfd);
    if (!list) return undefined;
    this.#asked = 0;
    const entries = byNumber(list);
    exports.calmAll();
    let doubts = 0;
    for (const [fd, own] of entries) {
      if (own.length === 1 && this.#isOurs(own[0]!)) continue;
      exports.haunt(fd);
      doubts += 1;
    }
    if (doubts === 0) this.#witness.close();
    return entries;
  }

  /**
   * Which of some numbers name another file. Where there are several entries, the one that the
   * number finds now is deleted, to see which has gone, and put back if it is ours: an
   * edge-triggered fd is reported anew by that.
   */
  #others(epfd: number, fds: readonly number[], entries: Map<number, Entries>): number[] {
    const others: number[] = [];
    const tried = new Map<number, EpollEntry>();
    for (const fd of fds) {
      const own = entries.get(fd) ?? [];
      const ours = own.find((each) => this.#isOurs(each));
      if (!ours) others.push(fd);
      else if (own.length === 1) continue;
      else if (this.#syscalls.ctl(epfd, EPOLL_CTL_DEL, fd, 0, 0, 0) < 0) others.push(fd);
      else tried.set(fd, ours);
    }
    if (tried.size === 0) return others;
    for (const each of this.#syscalls.entries?.(epfd) ?? []) {
      if (this.#isOurs(each) && tried.delete(each.fd)) others.push(each.fd);
    }
    for (const ours of tried.values()) if (!this.#putBack(epfd, ours)) others.push(ours.fd);
    return others;
  }

  #putBack(epfd: number, { fd, slot, generation }: EpollEntry): boolean {
    const { state, interest } = this.#record(slot);
    const silent = (state & (STATE_PAUSED | STATE_DISARMED)) !== 0;
    const wanted = silent ? EPOLLONESHOT : interest;
    return this.#syscalls.ctl(epfd, EPOLL_CTL_ADD, fd, wanted, slot, generation) >= 0;
  }

  /** Whether an entry was made for the present registration of its number. */
  #isOurs({ fd, slot, generation }: EpollEntry): boolean {
    const { exports, memory } = this.#core;
    if (slot === 0 || exports.slotOf(fd) !== slot) return false;
    // The generation is a record's first word.
    return memory.words[(exports.registrationAt(slot) >>> 0) >>> 2]! >>> 0 === generation;
  }

  #record(slot: number): RegistrationRecord {
    const { exports, memory } = this.#core;
    return readRecord(memory.words, exports.registrationAt(slot) >>> 0);
  }
}

function byNumber(list: Entries): Map<number, Entries> {
  const entries = new Map<number, EpollEntry[]>();
  for (const entry of list) {
    const own = entries.get(entry.fd);
    if (own) own.push(entry);
    else entries.set(entry.fd, [entry]);
  }
  return entries;
}
