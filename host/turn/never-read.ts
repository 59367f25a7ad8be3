import {
  EPOLL_CTL_ADD,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
} from '../../assembly/abi.js';
import { EventManagerError } from '../contract/index.js';
import { EEXIST } from '../sys/index.js';
import type { Member, Table } from '../table/index.js';
import type { ReadyList } from '../wasm/index.js';
import type { Faults } from './faults.js';

/** One turn in so many is looked at. A prime, so as to be in step with nothing. */
const SAMPLED = 1_021;
/** The same while a fd is followed. */
const FOLLOWED = 17;
/** Looks in a row at which nobody has read a fd, after which nobody will. */
const LOOKS = 64;
/** Turns in which so many looks have to come together: a budget leaves a fd out of some. */
const TURNS = 8 * LOOKS * FOLLOWED;

/** A fd that is followed from turn to turn. */
interface Suspect {
  readonly fd: number;
  readonly member: Member;
  /** An epoll instance of its own, edge-triggered: it tells whether something new has come. */
  readonly epfd: number;
  readonly since: number;
  unread: number;
  looks: number;
}

/**
 * Notices a level-triggered fd that nobody reads: it is reported at every wait, and costs a whole
 * core. A busy one differs. Either less is unread behind a turn or by the next look, or something
 * came and yet no more is unread: then somebody has read.
 *
 * It looks at one fd at a time, and at none but in one turn of `SAMPLED`. Fds of which it isn't
 * known how much is unread (datagram sockets, listeners) are left alone.
 */
export class NeverRead {
  readonly #table: Table;
  readonly #members: readonly (Member | undefined)[];
  readonly #faults: Faults;
  readonly #room = { bytes: new Uint8Array(16) };
  /** Those that were told of, and whose they were. */
  readonly #told = new Map<number, Member>();
  #suspect: Suspect | undefined;
  #looked = false;

  constructor(table: Table, members: readonly (Member | undefined)[], faults: Faults) {
    this.#table = table;
    this.#members = members;
    this.#faults = faults;
  }

  /** A batch is about to be delivered. */
  begin(ready: ReadyList, turn: number): void {
    if (turn % (this.#suspect ? FOLLOWED : SAMPLED) === 0) this.#look(ready, turn);
  }

  /** It was delivered. */
  end(): void {
    if (!this.#looked) return;
    this.#looked = false;
    const suspect = this.#suspect;
    if (suspect && this.#table.syscalls.unread!(suspect.fd) < suspect.unread) this.forget();
  }

  #look(ready: ReadyList, turn: number): void {
    const { syscalls } = this.#table;
    if (!syscalls.unread || !ready.hasEntries) return;
    const suspect = this.#suspect;
    if (!suspect) {
      ready.find((slot, fd, events) => this.#suspects(slot, fd, events, turn));
      return;
    }
    if (!ready.find((slot, fd) => fd === suspect.fd && this.#members[slot] === suspect.member)) {
      const isGone = this.#table.find(suspect.fd) === undefined;
      if (isGone || turn - suspect.since > TURNS) this.forget();
      return;
    }
    this.#looked = true;
    if (!this.#unreadStill(suspect)) {
      this.forget();
    } else if (suspect.looks === LOOKS) {
      this.forget();
      this.#report(suspect);
    }
  }

  /** Lets go of what it follows. */
  forget(): void {
    if (!this.#suspect) return;
    this.#table.syscalls.close(this.#suspect.epfd);
    this.#suspect = undefined;
  }

  /** Follows a fd from now on, if it is one of those. */
  #suspects(slot: number, fd: number, events: number, turn: number): boolean {
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) !== EPOLLIN) return false;
    const member = this.#members[slot];
    if (!member || this.#told.get(fd) === member || !this.#isLevel(fd)) return false;
    const { syscalls } = this.#table;
    const unread = syscalls.unread!(fd);
    const epfd = unread > 0 ? syscalls.create() : -1;
    if (epfd < 0) return false;
    this.#suspect = { fd, member, epfd, since: turn, unread, looks: 0 };
    if (this.#enter(this.#suspect) === 0) this.#somethingCame(this.#suspect);
    else this.forget();
    return this.#suspect !== undefined;
  }

  #isLevel(fd: number): boolean {
    return ((this.#table.find(fd)?.interest ?? EPOLLET) & (EPOLLET | EPOLLONESHOT)) === 0;
  }

  /** Whether it is the file that it was, and all that was there and has come is unread. */
  #unreadStill(suspect: Suspect): boolean {
    const { fd, unread: before } = suspect;
    if (this.#enter(suspect) !== -EEXIST || !this.#isLevel(fd)) return false;
    // First: what comes right behind this is in the number already.
    const came = this.#somethingCame(suspect);
    suspect.unread = this.#table.syscalls.unread!(fd);
    suspect.looks += 1;
    return came ? suspect.unread > before : suspect.unread >= before;
  }

  #enter({ epfd, fd }: Suspect): number {
    return this.#table.syscalls.ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 0, 0);
  }

  #somethingCame({ epfd }: Suspect): boolean {
    return this.#table.syscalls.wait(epfd, this.#room, 0, 1, 0) > 0;
  }

  #report({ fd, member }: Suspect): void {
    // Of those that are registered no more there is nothing to remember.
    for (const each of this.#told.keys()) if (!this.#table.find(each)) this.#told.delete(each);
    this.#told.set(fd, member);
    const of = member.name === undefined ? '' : ` of ${JSON.stringify(member.name)}`;
    const error = new EventManagerError(
      'ERR_NEVER_READ',
      `fd ${fd}${of} was readable in ${LOOKS * FOLLOWED} turns and more, and nobody reads it: ` +
        'the loop is spinning. Read it in its handler, register it with EDGE_TRIGGERED, or pause',
      { fd },
    );
    // A shared fd has no one owner.
    this.#faults.reportFor(member, error, member.internal ? { fd } : member.context(fd));
  }
}
