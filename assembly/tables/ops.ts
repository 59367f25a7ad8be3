import {
  EEXIST,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLONESHOT,
  NIL,
  STATE_DETACHED,
  STATE_DISARMED,
  STATE_ONE_SHOT,
  STATE_PAUSED,
  STATUS_ALREADY_REGISTERED,
  STATUS_HAUNTED,
  STATUS_INVALID_ID,
  STATUS_OK,
  STATUS_OUT_OF_MEMORY,
  STATUS_UNSURE,
} from '../abi';
import { ctl } from './epoll';
import { bury, evict } from './eviction';
import { haunt, isHaunted, makeRoomFor, setSlotOf, slotOf } from './fd-index';
import { find, findSure, isUnsure } from './identity';
import { enter, epollFd, isForgotten, noteGone, rewatch } from './kernel-entry';
import { mask, retag } from './ready-list';
import {
  allocateRegistration,
  nextGeneration,
  nextSlot,
  Registration,
  registrationAt,
} from './registration';
import { enterWatchList, freeSubscriber, isAlive, watchListOf } from './subscriber-table';

/**
 * Table and epoll_ctl together, or neither. Each operation names the subscriber on whose
 * behalf it acts, and answers with a status.
 */

/**
 * Registers a fd. The kernel is asked even when the table has the number: where it accepts,
 * the file that was registered before had been closed, and the old registration is evicted.
 * What the kernel refuses has taken no memory.
 */
export function add(subscriber: u32, generation: u32, fd: i32, interest: u32, data: u32): i32 {
  if (!isAlive(subscriber, generation)) return STATUS_INVALID_ID;
  const previous = slotOf(fd);
  if (previous != NIL && registrationAt(previous).is(STATE_DETACHED)) {
    return STATUS_ALREADY_REGISTERED;
  }
  const slot = nextSlot();
  if (slot == NIL) return STATUS_OUT_OF_MEMORY;
  const status = watchNew(fd, interest, slot, nextGeneration(), previous);
  if (status < 0) return status;
  if (!makeRoomFor(fd) || allocateRegistration() == NIL) {
    ctl(epollFd(), EPOLL_CTL_DEL, fd, 0, 0, 0);
    return STATUS_OUT_OF_MEMORY;
  }
  if (previous != NIL) evict(previous);
  const registration = registrationAt(slot);
  registration.fd = fd;
  registration.interest = interest;
  registration.data = data;
  registration.subscriber = subscriber;
  registration.state = 0;
  if (interest & EPOLLONESHOT) registration.enter(STATE_ONE_SHOT);
  setSlotOf(fd, slot);
  enterWatchList(subscriber, slot);
  return isHaunted(fd) ? STATUS_HAUNTED : STATUS_OK;
}

/** An entry for a fd that may be registered. The ghost of a file that came back gives way. */
function watchNew(fd: i32, interest: u32, slot: u32, generation: u32, previous: u32): i32 {
  if (previous == NIL) return enter(fd, interest, slot, generation);
  const status = ctl(epollFd(), EPOLL_CTL_ADD, fd, interest, slot, generation);
  if (status != -EEXIST) return status;
  return isUnsure(fd) ? STATUS_UNSURE : STATUS_ALREADY_REGISTERED;
}

/** Replaces interest and data. A paused registration stays paused; a disarmed one is armed. */
export function modify(subscriber: u32, generation: u32, fd: i32, interest: u32, data: u32): i32 {
  const slot = findSure(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (!registration.is(STATE_PAUSED)) {
    const status = rewatch(registration, slot, interest);
    if (status < 0) return status;
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
  if (slot < 0) return slot;
  const status = unwatch(registrationAt(slot));
  if (status < 0) return status;
  bury(slot);
  return STATUS_OK;
}

/**
 * Ends a registration whatever the kernel says: an entry that it doesn't let go of is a ghost,
 * whose events are stale.
 */
export function drop(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = find(subscriber, generation, fd);
  if (slot < 0) return slot;
  abandon(slot);
  return STATUS_OK;
}

/** Ends a subscriber and all of its registrations, as `drop` does. */
export function removeSubscriber(subscriber: u32, generation: u32): i32 {
  if (!isAlive(subscriber, generation)) return STATUS_INVALID_ID;
  let slot = watchListOf(subscriber);
  while (slot != NIL) {
    abandon(slot);
    slot = watchListOf(subscriber);
  }
  freeSubscriber(subscriber);
  return STATUS_OK;
}

function abandon(slot: u32): void {
  const registration = registrationAt(slot);
  if (unwatch(registration) < 0) haunt(registration.fd);
  bury(slot);
}

/** Takes a registration's entry from the kernel, unless that has forgotten it already. */
function unwatch(registration: Registration): i32 {
  if (registration.is(STATE_DETACHED)) return STATUS_OK;
  const status = ctl(epollFd(), EPOLL_CTL_DEL, registration.fd, 0, 0, 0);
  if (!isForgotten(status)) return status;
  noteGone();
  haunt(registration.fd);
  return STATUS_OK;
}
