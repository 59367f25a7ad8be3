import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLPRI,
  EPOLLWAKEUP,
} from '../../assembly/abi.js';
import { AioPolls } from './aio.js';
import { createEventFd, resetEventFd } from './eventfd.js';
import { type EpollCalls, Identities } from './identities.js';
import type { EpollEntry } from './syscalls.js';
import { pollTakesEvents } from './taking-files.js';

/** Flags that say how, and not what. */
const HOW = (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP) >>> 0;
/** What comes unasked. */
const UNASKED = EPOLLERR | EPOLLHUP;

/** A file whose `poll` takes the event, and the eventfd that stands in for it. */
interface Relay {
  readonly fd: number;
  readonly eventFd: number;
  /** The epoll instances that it is in: two for the length of a rebuild. */
  readonly epfds: Set<number>;
  slot: number;
  generation: number;
  /** What the kernel is asked for. */
  wanted: number;
  /** What there was, and nobody was told of yet. */
  happened: number;
}

export type RelayPolls = AioPolls<Relay>;

/**
 * Some files tell of an event once, to whoever polls them first. Where one epoll instance lies in
 * another, as a manager's does in that of Node's loop, the outer one asks first, and the inner one,
 * which would know whom to tell, finds nothing. So such a file is not in the manager's instance:
 *
 *     file ── a poll request (aio) ──► eventfd ── the manager's instance ── those around it
 *
 * The request takes the event, and the eventfd is readable until it was handed over. Whoever adds,
 * changes or removes the fd of the file doesn't see the difference.
 */
export class Relays {
  readonly #kernel: EpollCalls;
  readonly #polls: RelayPolls;
  readonly #byFd = new Map<number, Relay>();
  readonly #bySlot = new Map<number, Relay>();
  readonly #identities: Identities;

  constructor(kernel: EpollCalls, polls: RelayPolls = new AioPolls()) {
    this.#kernel = kernel;
    this.#identities = new Identities(kernel);
    this.#polls = polls;
  }

  /** epoll_ctl(2) of a fd that has a relay, or needs one; undefined for any other. */
  ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number | undefined {
    const relay = this.#byFd.get(fd);
    if (relay) {
      const gone = this.#identities.check(fd);
      if (gone === 0) return this.#change(relay, epfd, operation, interest, slot, generation);
      // The file was closed behind our back: as to the kernel, it isn't watched any more.
      this.#dismantle(relay);
      if (operation !== EPOLL_CTL_ADD) return gone;
    }
    const asks = operation !== EPOLL_CTL_DEL && (interest & EPOLLPRI) !== 0;
    if (!asks || !pollTakesEvents(fd)) return undefined;
    if (operation === EPOLL_CTL_MOD) {
      const status = this.#kernel.ctl(epfd, EPOLL_CTL_DEL, fd, 0, 0, 0);
      if (status < 0) return status;
    }
    const status = this.#add(epfd, fd, interest, slot, generation);
    if (status !== undefined || operation === EPOLL_CTL_ADD) return status;
    return this.#kernel.ctl(epfd, EPOLL_CTL_ADD, fd, interest, slot, generation);
  }

  /**
   * After a wait: puts what there was in the place of what the eventfds have told. Answers how many
   * events are left.
   */
  settle(bytes: Uint8Array, offset: number, count: number, eventSize: number): number {
    if (this.#byFd.size === 0) return count;
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, count * eventSize);
    const relays = this.#told(view, count, eventSize);
    if (relays.size === 0) return count;
    // First, so that what comes from here on makes them readable again.
    for (const relay of relays.values()) resetEventFd(relay.eventFd);
    this.#collect();
    let left = 0;
    for (let i = 0; i < count; i += 1) {
      const at = i * eventSize;
      const relay = relays.get(i);
      const events = relay && this.#take(relay);
      if (events === 0) continue;
      if (events !== undefined) view.setUint32(at, events, true);
      if (left !== i)
        bytes.copyWithin(offset + left * eventSize, offset + at, offset + at + eventSize);
      left += 1;
    }
    return left;
  }

  /** An entry under the number of its file, where that has a relay. */
  named(entry: EpollEntry): EpollEntry {
    const relay = this.#bySlot.get(entry.slot);
    return relay?.eventFd === entry.fd ? { ...entry, fd: relay.fd } : entry;
  }

  /** An epoll instance is about to be closed. */
  forget(epfd: number): void {
    for (const relay of this.#byFd.values()) {
      if (relay.epfds.delete(epfd) && relay.epfds.size === 0) this.#dismantle(relay);
    }
  }

  /** Undefined where the kernel makes no such requests: then the file is watched as others are. */
  #add(
    epfd: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number | undefined {
    if (!this.#polls.open()) return undefined;
    const status = this.#identities.remember(fd);
    const eventFd = status < 0 ? status : createEventFd(0, false);
    if (eventFd < 0) {
      this.#closeIfIdle();
      return eventFd;
    }
    const epfds = new Set<number>();
    const relay = { fd, eventFd, epfds, slot, generation, wanted: 0, happened: 0 };
    this.#byFd.set(fd, relay);
    const asked = this.#ask(relay, wantedOf(interest));
    const entered = asked < 0 ? asked : this.#enter(relay, epfd, interest, slot, generation);
    if (entered < 0) this.#dismantle(relay);
    return asked < 0 ? undefined : entered;
  }

  #change(
    relay: Relay,
    epfd: number,
    operation: number,
    interest: number,
    slot: number,
    generation: number,
  ): number {
    if (operation === EPOLL_CTL_ADD) return this.#enter(relay, epfd, interest, slot, generation);
    const shown = shownInterest(interest);
    const status = this.#kernel.ctl(epfd, operation, relay.eventFd, shown, slot, generation);
    if (status < 0) return status;
    if (operation === EPOLL_CTL_DEL) {
      relay.epfds.delete(epfd);
      if (relay.epfds.size === 0) this.#dismantle(relay);
      return status;
    }
    this.#place(relay, slot, generation);
    // One that is silenced keeps what was asked for, and so what happens meanwhile.
    const wanted = wantedOf(interest);
    return wanted === 0 ? 0 : this.#ask(relay, wanted);
  }

  #enter(relay: Relay, epfd: number, interest: number, slot: number, generation: number): number {
    const shown = shownInterest(interest);
    const status = this.#kernel.ctl(epfd, EPOLL_CTL_ADD, relay.eventFd, shown, slot, generation);
    if (status < 0) return status;
    relay.epfds.add(epfd);
    this.#place(relay, slot, generation);
    return 0;
  }

  #place(relay: Relay, slot: number, generation: number): void {
    if (this.#bySlot.get(relay.slot) === relay) this.#bySlot.delete(relay.slot);
    relay.slot = slot;
    relay.generation = generation;
    this.#bySlot.set(slot, relay);
  }

  /** Asks the kernel for what is wanted, unless it was asked for that. */
  #ask(relay: Relay, wanted: number): number {
    if (relay.wanted === wanted && this.#polls.asked(relay)) return 0;
    relay.wanted = wanted;
    return this.#polls.ask(relay, relay.fd, wanted, relay.eventFd);
  }

  /** Those whose eventfds are among what a wait has brought, by their place there. */
  #told(view: DataView, count: number, eventSize: number): Map<number, Relay> {
    const relays = new Map<number, Relay>();
    for (let i = 0; i < count; i += 1) {
      const at = (i + 1) * eventSize - 8;
      const relay = this.#bySlot.get(view.getUint32(at, true));
      if (relay && relay.generation === view.getUint32(at + 4, true)) relays.set(i, relay);
    }
    return relays;
  }

  #collect(): void {
    this.#polls.harvest((relay, events) => {
      relay.happened |= events;
    });
  }

  /** What there was, and asks for more. Nothing, if the fd was closed behind our back. */
  #take(relay: Relay): number {
    const events = relay.happened & (relay.wanted | UNASKED);
    relay.happened = 0;
    if (this.#identities.check(relay.fd) < 0) return 0;
    this.#ask(relay, relay.wanted);
    return events;
  }

  #dismantle(relay: Relay): void {
    this.#byFd.delete(relay.fd);
    if (this.#bySlot.get(relay.slot) === relay) this.#bySlot.delete(relay.slot);
    this.#polls.cancel(relay);
    this.#kernel.close(relay.eventFd);
    this.#identities.forget(relay.fd);
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#byFd.size > 0) return;
    this.#polls.close();
    this.#identities.close();
  }
}

function wantedOf(interest: number): number {
  return interest & ~HOW & 0xffff;
}

/** What the eventfd is watched for. */
function shownInterest(interest: number): number {
  return ((wantedOf(interest) === 0 ? 0 : EPOLLIN) | (interest & HOW)) >>> 0;
}
