import { EPOLL_CTL_ADD, EPOLLET, EPOLLONESHOT } from '../../assembly/abi.js';
import { EventManagerError, EventSet } from '../contract/index.js';
import type { Member, Table } from '../table/index.js';
import type { Faults } from './faults.js';

/** Turns in a row with the same hang-up, after which it may be a storm. */
export const HANG_UP_STORM_TURNS = 1_000;
/** Runs that are kept before those that have ended are let go of. */
const RUNS_KEPT = 64;

/** Turns in a row in which a fd has reported a hang-up or an error. */
interface Run {
  turn: number;
  length: number;
  /** Bytes that were unread when it was looked at. */
  unread: number;
}

/**
 * Notices a loop that is spinning: a level-triggered HANG_UP or ERROR comes at every wait until
 * the fd is removed, paused or closed, and a handler that ignores it costs a whole core.
 */
export class HangUps {
  storms = 0;
  readonly #table: Table;
  readonly #faults: Faults;
  readonly #runs = new Map<number, Run>();
  readonly #room = { bytes: new Uint8Array(16) };

  constructor(table: Table, faults: Faults) {
    this.#table = table;
    this.#faults = faults;
  }

  /** Counts one, right behind its handler, and reports it when it has just become a storm. */
  note(member: Member, fd: number, events: number, turn: number): void {
    const run = this.#runs.get(fd);
    if (!run || turn - run.turn > 1) {
      this.#begin(fd, turn);
      return;
    }
    run.length += turn - run.turn;
    run.turn = turn;
    if (run.length !== HANG_UP_STORM_TURNS) return;
    if (this.#makesProgress(fd, run)) run.length = 0;
    else this.#report(member, fd, events);
  }

  #begin(fd: number, turn: number): void {
    if (this.#runs.size >= RUNS_KEPT) {
      for (const [each, run] of this.#runs) if (turn - run.turn > 1) this.#runs.delete(each);
    }
    this.#runs.set(fd, { turn, length: 1, unread: 0 });
  }

  /** Whether the handler has taken what was reported, or is on its way through what is left. */
  #makesProgress(fd: number, run: Run): boolean {
    // Edge-triggered ones come again only because something happened.
    const interest = this.#table.find(fd)?.interest ?? EPOLLET;
    if ((interest & (EPOLLET | EPOLLONESHOT)) !== 0 || !this.#hangsUp(fd)) return true;
    const before = run.unread;
    run.unread = this.#table.syscalls.unread?.(fd) ?? 0;
    return run.unread > 0 && run.unread !== before;
  }

  /** Whether the next wait would report it again: asked of a new epoll instance. */
  #hangsUp(fd: number): boolean {
    const { syscalls } = this.#table;
    const epfd = syscalls.create();
    if (epfd < 0) return true;
    try {
      if (syscalls.ctl(epfd, EPOLL_CTL_ADD, fd, 0, 0, 0) < 0) return false;
      return syscalls.wait(epfd, this.#room, 0, 1, 0) > 0;
    } finally {
      syscalls.close(epfd);
    }
  }

  #report(member: Member, fd: number, events: number): void {
    this.storms += 1;
    const of = member.name === undefined ? '' : ` of ${JSON.stringify(member.name)}`;
    const set = EventSet.format(events);
    const error = new EventManagerError(
      'ERR_HANG_UP_STORM',
      `fd ${fd}${of} reported ${set} in ${HANG_UP_STORM_TURNS} turns in a row, ` +
        'and its handler leaves it registered: the loop is spinning. Remove, pause or close it',
      { fd },
    );
    // A shared fd has no one owner.
    this.#faults.reportFor(member, error, member.internal ? { fd } : member.context(fd));
  }
}
