import {
  EBADF,
  EEXIST,
  ENOENT,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLEXCLUSIVE,
  EPOLLONESHOT,
  NIL,
  STATE_DETACHED,
  STATE_DISARMED,
  STATE_ONE_SHOT,
  STATE_PAUSED,
  STATUS_ALREADY_REGISTERED,
  STATUS_INVALID_ID,
  STATUS_NOT_OWNER,
  STATUS_NOT_REGISTERED,
  STATUS_OK,
  STATUS_OUT_OF_MEMORY,
} from '../abi';
import { ctl } from './epoll';
import { bury, evict } from './eviction';
import { makeRoomFor, setSlotOf, slotOf } from './fd-index';
import { mask, retag } from './ready-list';
import {
  allocateRegistration,
  freeRegistration,
  Registration,
  registrationAt,
} from './registration';
import { enterWatchList, freeSubscriber, isAlive, watchListOf } from './subscriber-table';

/**
 * Table and epoll_ctl together, or neither. Each operation names the subscriber on whose
 * behalf it acts, and answers with a status.
 */

let epfd: i32 = -1;

/** Registrations that were removed after the kernel had forgotten them. */
export let gone: f64 = 0;

export function epollFd(): i32 {
  return epfd;
}

export function setEpollFd(fd: i32): void {
  epfd = fd;
}

/** The slot of a subscriber's own registration, or a status. */
export function find(subscriber: u32, generation: u32, fd: i32): i32 {
  if (!isAlive(subscriber, generation)) return STATUS_INVALID_ID;
  const slot = slotOf(fd);
  if (slot == NIL) return STATUS_NOT_REGISTERED;
  if (registrationAt(slot).subscriber != subscriber) return STATUS_NOT_OWNER;
  return slot;
}

/**
 * Registers a fd. The kernel is asked even when the table has the number: where it accepts,
 * the file that was registered before had been closed, and the old registration is evicted.
 */
export function add(subscriber: u32, generation: u32, fd: i32, interest: u32, data: u32): i32 {
  if (!isAlive(subscriber, generation)) return STATUS_INVALID_ID;
  const previous = slotOf(fd);
  if (previous != NIL && registrationAt(previous).is(STATE_DETACHED)) {
    return STATUS_ALREADY_REGISTERED;
  }
  if (!makeRoomFor(fd)) return STATUS_OUT_OF_MEMORY;
  const slot = allocateRegistration();
  if (slot == NIL) return STATUS_OUT_OF_MEMORY;

  const registration = registrationAt(slot);
  let status = ctl(epfd, EPOLL_CTL_ADD, fd, interest, slot, registration.generation);
  if (status == -EEXIST && previous == NIL) {
    // The ghost of an earlier registration, whose file came back under its old number.
    status = ctl(epfd, EPOLL_CTL_MOD, fd, interest, slot, registration.generation);
  }
  if (status < 0) {
    freeRegistration(slot);
    return status == -EEXIST ? STATUS_ALREADY_REGISTERED : status;
  }
  if (previous != NIL) evict(previous);
  registration.fd = fd;
  registration.interest = interest;
  registration.data = data;
  registration.subscriber = subscriber;
  registration.state = 0;
  if (interest & EPOLLONESHOT) registration.enter(STATE_ONE_SHOT);
  setSlotOf(fd, slot);
  enterWatchList(subscriber, slot);
  return STATUS_OK;
}

/** Replaces interest and data. A paused registration stays paused; a disarmed one is armed. */
export function modify(subscriber: u32, generation: u32, fd: i32, interest: u32, data: u32): i32 {
  const slot = find(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (!registration.is(STATE_PAUSED)) {
    const status = rewatch(registration, slot, interest);
    if (status < 0) return buryIfForgotten(slot, status);
  }
  registration.interest = interest;
  registration.data = data;
  registration.leave(STATE_DISARMED | STATE_ONE_SHOT);
  if (interest & EPOLLONESHOT) registration.enter(STATE_ONE_SHOT);
  mask(registration, interest);
  retag(registration);
  return STATUS_OK;
}

/** Ends a registration, also when its fd was closed before. */
export function remove(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = find(subscriber, generation, fd);
  return slot < 0 ? slot : removeSlot(slot);
}

/** Ends a subscriber and all of its registrations. */
export function removeSubscriber(subscriber: u32, generation: u32): i32 {
  if (!isAlive(subscriber, generation)) return STATUS_INVALID_ID;
  let slot = watchListOf(subscriber);
  while (slot != NIL) {
    const status = removeSlot(slot);
    if (status < 0) return status;
    slot = watchListOf(subscriber);
  }
  freeSubscriber(subscriber);
  return STATUS_OK;
}

/**
 * Makes the kernel watch for `interest`. It refuses to modify an EXCLUSIVE entry, or to make
 * one of an entry that it has: there it takes a DEL and an ADD, which are two steps.
 */
export function rewatch(registration: Registration, slot: u32, interest: u32): i32 {
  const fd = registration.fd;
  const generation = registration.generation;
  if (registration.is(STATE_DETACHED)) {
    const status = ctl(epfd, EPOLL_CTL_ADD, fd, interest, slot, generation);
    if (status >= 0) registration.leave(STATE_DETACHED);
    return status;
  }
  if (!((registration.interest | interest) & EPOLLEXCLUSIVE)) {
    return ctl(epfd, EPOLL_CTL_MOD, fd, interest, slot, generation);
  }
  let status = ctl(epfd, EPOLL_CTL_DEL, fd, 0, 0, 0);
  if (status < 0) return status;
  status = ctl(epfd, EPOLL_CTL_ADD, fd, interest, slot, generation);
  if (status < 0 && ctl(epfd, EPOLL_CTL_ADD, fd, registration.interest, slot, generation) < 0) {
    // Neither the new nor the old: still registered, but not watched until it is resumed.
    registration.enter(STATE_PAUSED | STATE_DETACHED);
  }
  return status;
}

/** The kernel's "never heard of it" ends the registration: its fd was closed. */
export function buryIfForgotten(slot: u32, status: i32): i32 {
  if (isForgotten(status)) {
    gone += 1;
    bury(slot);
  }
  return status;
}

export function isForgotten(status: i32): bool {
  return status == -ENOENT || status == -EBADF;
}

function removeSlot(slot: u32): i32 {
  const registration = registrationAt(slot);
  if (!registration.is(STATE_DETACHED)) {
    const status = ctl(epfd, EPOLL_CTL_DEL, registration.fd, 0, 0, 0);
    if (isForgotten(status)) gone += 1;
    else if (status < 0) return status;
  }
  bury(slot);
  return STATUS_OK;
}
