import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLONESHOT,
  STATE_DETACHED,
  STATE_DISARMED,
  STATE_PAUSED,
} from '../../assembly/abi.js';
import type { EpollEntry, Syscalls } from '../sys/index.js';
import type { Core } from '../wasm/index.js';
import { readRecord } from './record.js';

/** What a number names: the file that is registered (and nothing else ever was), or another. */
type Verdict = 'ours' | 'ours alone' | 'another';

/**
 * Finds out whether a number still names the file that is registered. The kernel's key is (file,
 * number), so that an epoll instance may hold several entries for one number, and finds the one of
 * the file that it names now. The core asks (STATUS_UNSURE) where that may be another's.
 */
export class Identity {
  readonly #core: Core;
  readonly #syscalls: Syscalls;

  constructor(core: Core, syscalls: Syscalls) {
    this.#core = core;
    this.#syscalls = syscalls;
    if (syscalls.entries) core.exports.askWhoseNumber();
  }

  /** Whether a registered number still names its file. Where it doesn't, that has ended. */
  verify(epfd: number, fd: number): boolean {
    const { exports } = this.#core;
    const verdict = this.#judge(epfd, fd, exports.slotOf(fd));
    if (verdict === 'another') exports.disown(fd);
    else exports.vouch(fd, verdict === 'ours alone' ? 1 : 0);
    return verdict !== 'another';
  }

  /** Ends the registrations whose number, of several entries, names another file now. */
  verifyAll(epfd: number): void {
    const { exports } = this.#core;
    const seen = new Set<number>();
    const doubtful = new Set<number>();
    for (const entry of this.#syscalls.entries?.(epfd) ?? []) {
      const slot = exports.slotOf(entry.fd);
      if (slot === 0) continue;
      if (seen.has(entry.fd) || !this.#isOf(slot, entry)) doubtful.add(entry.fd);
      seen.add(entry.fd);
    }
    // Nothing is vouched for: that would be good for an operation which doesn't follow.
    for (const fd of doubtful) {
      if (this.#judge(epfd, fd, exports.slotOf(fd)) === 'another') exports.disown(fd);
    }
  }

  /**
   * Where there are several entries, the one that the number finds now is deleted, to see which has
   * gone, and put back if it is ours: an edge-triggered fd is reported anew by that.
   */
  #judge(epfd: number, fd: number, slot: number): Verdict {
    const syscalls = this.#syscalls;
    const { exports, memory } = this.#core;
    const { state, interest } = readRecord(memory.words, exports.registrationAt(slot) >>> 0);
    const entries = syscalls.entries?.(epfd, fd);
    // A detached one has no entry, and so none to be mistaken.
    if (!entries || (state & STATE_DETACHED) !== 0) return 'ours';
    const ours = entries.find((entry) => this.#isOf(slot, entry));
    if (!ours) return 'another';
    if (entries.length === 1) return 'ours alone';
    if (syscalls.ctl(epfd, EPOLL_CTL_DEL, fd, 0, 0, 0) < 0) return 'another';
    const left = syscalls.entries?.(epfd, fd) ?? [];
    if (left.some((entry) => this.#isOf(slot, entry))) return 'another';
    const silent = (state & (STATE_PAUSED | STATE_DISARMED)) !== 0;
    const wanted = silent ? EPOLLONESHOT : interest;
    const status = syscalls.ctl(epfd, EPOLL_CTL_ADD, fd, wanted, slot, ours.generation);
    return status < 0 ? 'another' : 'ours';
  }

  /** Whether an entry was made for a slot's present registration. */
  #isOf(slot: number, entry: EpollEntry): boolean {
    const { exports, memory } = this.#core;
    // The generation is a record's first word.
    const generation = memory.words[(exports.registrationAt(slot) >>> 0) >>> 2]! >>> 0;
    return entry.slot === slot && entry.generation === generation;
  }
}
