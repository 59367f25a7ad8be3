import {
  EPOLLEXCLUSIVE,
  REGISTRATION_NEXT,
  STATUS_HAUNTED,
  STATUS_INVALID_ID,
  STATUS_UNSURE,
} from '../../assembly/abi.js';
import { checkInterest, closedError, type EventSet, statusError } from '../contract/index.js';
import { EINVAL, type Syscalls } from '../sys/index.js';
import { Core, STATUS_THROWN } from '../wasm/index.js';
import { EpollInstance } from './epoll-instance.js';
import { exclusiveInstance, outOfMemory, ownInstance } from './errors.js';
import { Identity } from './identity.js';
import { Levels } from './levels.js';
import type { Member, MemberKey } from './member.js';
import type { TableObserver, TableOptions } from './options.js';
import { type RegistrationRecord, readRecord } from './record.js';

/** The registrations: a table in Wasm and one epoll instance, kept in step. */
export class Table {
  readonly core: Core;
  readonly syscalls: Syscalls;
  readonly levels = new Levels();
  evictions = 0;
  rebuilds = 0;
  readonly #observer: TableObserver;
  readonly #epoll: EpollInstance;
  readonly #identity: Identity;
  #closed = false;

  /** @throws EMFILE, …, ERR_OUT_OF_MEMORY */
  constructor(options: TableOptions, observer: TableObserver) {
    const { syscalls, module, memoryMax, capacity, capacityMax, staleMax } = options;
    this.syscalls = syscalls;
    this.#observer = observer;
    this.core = new Core(syscalls, module, memoryMax);
    this.#epoll = new EpollInstance(syscalls);
    const { exports } = this.core;
    const size = syscalls.eventSize;
    const status = exports.initialize(this.epfd, size, capacity, capacityMax, staleMax);
    if (status < 0) {
      this.#epoll.close();
      throw outOfMemory('the tables');
    }
    this.#identity = new Identity(this.core, syscalls);
  }

  /** The epoll instance's fd, until a rebuild. */
  get epfd(): number {
    return this.#epoll.fd;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a slot for a subscriber. */
  enroll(): MemberKey {
    this.assertOpen();
    const { exports, memory } = this.core;
    const slot = exports.allocateSubscriber();
    memory.renewAfterGrowth();
    if (slot === 0) throw outOfMemory('one more subscriber');
    return { slot, generation: exports.generationOf(slot) };
  }

  /** Ends a subscriber's own registrations, and gives its slot back. */
  expel({ slot, generation }: MemberKey): void {
    this.assertOpen();
    this.#check(this.core.exports.removeSubscriber(slot, generation), -1);
    this.levels.forgetAll(slot);
  }

  add(member: Member, fd: number, interest: EventSet, data: number): void {
    this.assertOpen();
    checkInterest(interest, fd);
    if (fd === this.epfd) throw ownInstance(fd);
    const { exports, memory } = this.core;
    const { slot, generation } = member;
    let status = exports.add(slot, generation, fd, interest, data);
    memory.renewAfterGrowth();
    if (status === STATUS_UNSURE) {
      this.#identity.verify(this.epfd, fd);
      status = exports.add(slot, generation, fd, interest, data);
    }
    if (status === -EINVAL && (interest & EPOLLEXCLUSIVE) !== 0) throw exclusiveInstance(fd);
    if (status === STATUS_HAUNTED) this.#identity.registered(fd);
    this.#check(status, fd);
    // Of one that was closed without `remove`, and whose number comes back.
    if (this.levels.used) this.levels.forget(slot, fd);
    this.#observer.added(member, fd, interest);
    this.#tellEvicted();
  }

  modify(member: Member, fd: number, interest: EventSet, data: number): void {
    this.assertOpen();
    checkInterest(interest, fd);
    const share = member.shares?.get(fd);
    if (share) {
      share.modify(interest, data);
      return;
    }
    const { exports } = this.core;
    const { slot, generation } = member;
    let status = exports.modify(slot, generation, fd, interest, data);
    if (status === STATUS_UNSURE) {
      const again = () => exports.modify(slot, generation, fd, interest, data);
      status = this.#identity.operate(this.epfd, fd, again);
    }
    this.#checkOwn(status, fd);
  }

  /** An operation that takes nothing but the fd. */
  act(verb: 'remove' | 'pause' | 'resume' | 'rearm', member: Member, fd: number): void {
    this.assertOpen();
    const share = member.shares?.get(fd);
    if (share) {
      share[verb]();
      return;
    }
    const { exports } = this.core;
    const { slot, generation } = member;
    let status = exports[verb](slot, generation, fd);
    if (status === STATUS_UNSURE) {
      const again = () => exports[verb](slot, generation, fd);
      status = this.#identity.operate(this.epfd, fd, again);
    }
    this.#checkOwn(status, fd);
    if (verb === 'remove' && this.levels.used) this.levels.forget(slot, fd);
  }

  /** Ends a registration whatever the kernel says. */
  drop(member: Member, fd: number): void {
    this.assertOpen();
    const share = member.shares?.get(fd);
    if (share) share.remove();
    else this.#check(this.core.exports.drop(member.slot, member.generation, fd), fd);
  }

  /** What a subscriber has registered of a fd, alone or with others. @throws ERR_NOT_REGISTERED */
  own(member: Member, fd: number): RegistrationRecord {
    this.assertOpen();
    const share = member.shares?.get(fd);
    if (share) return share;
    const slot = this.core.exports.find(member.slot, member.generation, fd);
    this.#check(slot, fd);
    return this.#record(this.core.exports.registrationAt(slot));
  }

  /** The same, or undefined where there is none. */
  held(member: Member, fd: number): RegistrationRecord | undefined {
    const record = member.shares?.get(fd) ?? this.find(fd);
    return record?.subscriber === member.slot ? record : undefined;
  }

  /** Whoever's registration of a fd. */
  find(fd: number): RegistrationRecord | undefined {
    this.assertOpen();
    const slot = this.core.exports.slotOf(fd);
    return slot === 0 ? undefined : this.#record(this.core.exports.registrationAt(slot));
  }

  /** What a subscriber has registered, latest first, and then what it shares: a copy. */
  watchList(member: Member): RegistrationRecord[] {
    const { exports, memory } = this.core;
    const records: RegistrationRecord[] = [];
    let slot = exports.watchListOf(member.slot);
    while (slot !== 0) {
      const address = exports.registrationAt(slot) >>> 0;
      records.push(this.#record(address));
      slot = memory.words[(address + REGISTRATION_NEXT) >>> 2]!;
    }
    for (const share of member.shares?.values() ?? []) records.push(share);
    return records;
  }

  /** Sets whether a subscriber's registrations keep the process alive, those to come included. */
  setReferenced(member: Member, referenced: boolean): void {
    this.core.exports.setReferenced(member.slot, referenced ? 1 : 0);
    this.#observer.changed();
  }

  /** See `EpollInstance.nestedFd`. */
  nestedFd(): number {
    this.assertOpen();
    return this.#epoll.nestedFd();
  }

  /** Replaces an epoll instance that is haunted, keeping every live registration. */
  rebuild(): void {
    try {
      this.#identity.verifyAll(this.epfd);
      this.#epoll.replace((epfd) => {
        this.#check(this.core.exports.rebuild(epfd), epfd);
        this.#observer.replaced(epfd);
      });
      this.#identity.forget();
      this.rebuilds += 1;
    } finally {
      this.#tellEvicted();
    }
  }

  /** Closes the epoll instance, and nothing that is the user's. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#identity.forget();
    this.#epoll.close();
  }

  /** @throws ERR_CLOSED */
  assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** @throws ERR_CLOSED; ERR_INVALID_ID for one that was removed, whoever has its slot now */
  assertMember({ slot, generation }: Member): void {
    this.assertOpen();
    const current = this.core.exports.generationOf(slot);
    if (current !== generation) throw statusError(STATUS_INVALID_ID, -1);
  }

  #record(address: number): RegistrationRecord {
    return readRecord(this.core.memory.words, address);
  }

  #check(status: number, fd: number): void {
    this.#observer.changed();
    if (status >= 0) return;
    throw status === STATUS_THROWN ? this.core.takeThrown() : statusError(status, fd);
  }

  /** As `#check`, for what may have found its own registration dead. */
  #checkOwn(status: number, fd: number): void {
    if (status < 0) this.#tellEvicted();
    this.#check(status, fd);
  }

  /** Tells the owners of registrations that were found dead. */
  #tellEvicted(): void {
    const { exports } = this.core;
    for (let address = exports.evicted(); address !== 0; address = exports.evicted()) {
      const record = this.#record(address >>> 0);
      exports.dismissEvicted();
      this.evictions += 1;
      this.#observer.evicted(record.subscriber, record);
    }
  }
}
