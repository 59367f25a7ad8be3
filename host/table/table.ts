import {
  EPOLLEXCLUSIVE,
  REGISTRATION_NEXT,
  STATUS_INVALID_ID,
  SUBSCRIBER_SLOT_BITS,
} from '../../assembly/abi.js';
import {
  checkInterest,
  closedError,
  EventManagerError,
  type EventSet,
  Events,
  statusError,
} from '../contract/index.js';
import { EINVAL, type Syscalls } from '../sys/index.js';
import { Core, STATUS_THROWN, type WasmModule } from '../wasm/index.js';
import { EpollInstance } from './epoll-instance.js';
import type { Membership } from './member.js';
import { type RegistrationEntry, readEntry, type Watched } from './record.js';

export interface RegistryOptions {
  syscalls: Syscalls;
  module: WasmModule;
  memoryMax: number;
  capacity: number;
  capacityMax: number;
  staleMax: number;
}

/** The tables in Wasm, one epoll instance, and the subscribers: statuses in, errors out. */
export class Registry {
  readonly core: Core;
  readonly syscalls: Syscalls;
  /** By slot, as the ready list names them. */
  readonly members: (Membership | undefined)[] = [];
  evictions = 0;
  rebuilds = 0;
  /** Told of each registration that was found dead. Must not throw. */
  onEvicted: (member: Membership, events: Events) => void = () => {};
  /** Told after whatever may have begun or ended a registration. Must not throw. */
  onChanged: () => void = () => {};
  /** Told of the epoll instance that is about to take the place of ours. Must not throw. */
  onReplaced: (epfd: number) => void = () => {};
  /** Registers a fd for several: set by the manager's `Sharing`. */
  share!: (member: Membership, watched: Watched) => void;
  readonly #epoll: EpollInstance;
  #closed = false;

  constructor(options: RegistryOptions) {
    const { syscalls, module, memoryMax, capacity, capacityMax, staleMax } = options;
    this.syscalls = syscalls;
    this.core = new Core(syscalls, module, memoryMax);
    this.#epoll = new EpollInstance(syscalls);
    const { exports } = this.core;
    const size = syscalls.eventSize;
    const status = exports.initialize(this.epfd, size, capacity, capacityMax, staleMax);
    if (status < 0) {
      this.#epoll.close();
      throw outOfMemory('the tables');
    }
  }

  /** The epoll instance's fd, until a rebuild. */
  get epfd(): number {
    return this.#epoll.fd;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a slot for a subscriber. */
  enroll(): { slot: number; generation: number; id: number } {
    this.assertOpen();
    const { exports, memory } = this.core;
    const slot = exports.allocateSubscriber();
    memory.renewAfterGrowth();
    if (slot === 0) throw outOfMemory('one more subscriber');
    const generation = exports.generationOf(slot);
    return { slot, generation, id: generation * 2 ** SUBSCRIBER_SLOT_BITS + slot };
  }

  /** The member of an id, by its lower bits; the whole id decides whether it is the same one. */
  member(id: number): Membership | undefined {
    const member = this.members[id % 2 ** SUBSCRIBER_SLOT_BITS];
    return member?.id === id ? member : undefined;
  }

  /** Ends a subscriber with its registrations. */
  expel(member: Membership): void {
    this.assertOpen();
    for (const share of member.shares?.values() ?? []) share.remove();
    const { slot, generation } = member;
    this.#settle(this.core.exports.removeSubscriber(slot, generation), -1);
    this.members[slot] = undefined;
  }

  add(member: Membership, fd: number, interest: EventSet, data: number): void {
    this.assertOpen();
    checkInterest(interest, fd);
    if (fd === this.epfd) {
      throw new EventManagerError(
        'ERR_NESTING_TOO_DEEP',
        `fd ${fd} is this manager's own epoll instance, which can't watch itself`,
        { fd },
      );
    }
    const { slot, generation } = member;
    const status = this.core.exports.add(slot, generation, fd, interest, data);
    this.core.memory.renewAfterGrowth();
    if (status === -EINVAL && (interest & EPOLLEXCLUSIVE) !== 0) {
      throw new EventManagerError(
        'ERR_INVALID_INTEREST',
        `fd ${fd} is an epoll instance, which can't be watched with EXCLUSIVE`,
        { fd, errno: EINVAL, syscall: 'epoll_ctl' },
      );
    }
    this.#settle(status, fd);
    this.#tellEvicted();
  }

  modify(member: Membership, fd: number, interest: EventSet, data: number): void {
    this.assertOpen();
    checkInterest(interest, fd);
    const share = member.shares?.get(fd);
    const { slot, generation } = member;
    if (share) share.modify(interest, data);
    else this.#settle(this.core.exports.modify(slot, generation, fd, interest, data), fd);
  }

  /** An operation that takes nothing but the fd. */
  act(verb: 'remove' | 'pause' | 'resume' | 'rearm', member: Membership, fd: number): void {
    this.assertOpen();
    const share = member.shares?.get(fd);
    if (share) share[verb]();
    else this.#settle(this.core.exports[verb](member.slot, member.generation, fd), fd);
  }

  /** A subscriber's own registration; throws where it has none. */
  own(member: Membership, fd: number): RegistrationEntry {
    this.assertOpen();
    const share = member.shares?.get(fd);
    if (share) return share;
    const slot = this.core.exports.find(member.slot, member.generation, fd);
    this.#settle(slot, fd);
    return this.#entry(this.core.exports.registrationAt(slot));
  }

  /** Whoever's registration of a fd. */
  find(fd: number): RegistrationEntry | undefined {
    this.assertOpen();
    const slot = this.core.exports.slotOf(fd);
    return slot === 0 ? undefined : this.#entry(this.core.exports.registrationAt(slot));
  }

  /** What a subscriber has registered of a fd, alone or with others. */
  held(member: Membership, fd: number): RegistrationEntry | undefined {
    const entry = member.shares?.get(fd) ?? this.find(fd);
    return entry?.subscriber === member.slot ? entry : undefined;
  }

  /** What a subscriber has registered, latest first, and then what it shares: a copy. */
  watchList(member: Membership): RegistrationEntry[] {
    const { exports, memory } = this.core;
    const entries: RegistrationEntry[] = [];
    let slot = exports.watchListOf(member.slot);
    while (slot !== 0) {
      const address = exports.registrationAt(slot) >>> 0;
      entries.push(this.#entry(address));
      slot = memory.words[(address + REGISTRATION_NEXT) >>> 2]!;
    }
    return member.shares ? [...entries, ...member.shares.values()] : entries;
  }

  /** See `EpollInstance.nestedFd`. */
  nestedFd(): number {
    this.assertOpen();
    return this.#epoll.nestedFd();
  }

  /** Replaces an epoll instance that is haunted, keeping every live registration. */
  rebuild(): void {
    try {
      this.#epoll.replace((epfd) => {
        this.#settle(this.core.exports.rebuild(epfd), epfd);
        this.onReplaced(epfd);
      });
      this.rebuilds += 1;
    } finally {
      this.#tellEvicted();
    }
  }

  /** Closes the epoll instance, and nothing that is the user's. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.members.length = 0;
    this.#epoll.close();
  }

  /** @throws ERR_CLOSED */
  assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** @throws ERR_CLOSED; ERR_INVALID_ID for one that was removed, whoever has its slot now */
  assertMember(member: Membership): void {
    this.assertOpen();
    if (this.member(member.id) !== member) throw statusError(STATUS_INVALID_ID, -1);
  }

  #entry(address: number): RegistrationEntry {
    return readEntry(this.core.memory.words, address);
  }

  #settle(status: number, fd: number): void {
    this.onChanged();
    if (status >= 0) return;
    throw status === STATUS_THROWN ? this.core.takeThrown() : statusError(status, fd);
  }

  /** Tells the owners of registrations that were found dead. */
  #tellEvicted(): void {
    const { exports } = this.core;
    for (let address = exports.evicted(); address !== 0; address = exports.evicted()) {
      const { fd, interest, data, subscriber } = this.#entry(address >>> 0);
      exports.dismissEvicted();
      this.evictions += 1;
      const member = this.members[subscriber];
      if (member) this.onEvicted(member, new Events(fd, interest, data, false));
    }
  }
}

function outOfMemory(what: string): EventManagerError {
  const message = `no room for ${what} in Wasm memory: raise \`memoryMax\``;
  return new EventManagerError('ERR_OUT_OF_MEMORY', message);
}
