import {
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLEXCLUSIVE,
  EPOLLONESHOT,
  STATE_DETACHED,
  STATE_DISARMED,
  STATE_PAUSED,
  STATUS_OK,
} from '../abi';
import { ctl } from './epoll';
import { buryIfForgotten, epollFd, find, rewatch } from './ops';
import { blank } from './ready-list';
import { Registration, registrationAt } from './registration';

/**
 * What the kernel is told of a registration that is to be silent. An empty interest would not
 * do: ERR and HUP come unasked, at every wait. A one-shot entry brings them once at most, and
 * that once is discarded.
 */
export const SILENT: u32 = EPOLLONESHOT;

/** Stops the events of a registration; interest, data and slot stay. */
export function pause(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = find(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (registration.is(STATE_PAUSED)) return STATUS_OK;
  const status = silence(registration, slot);
  if (status < 0) return buryIfForgotten(slot, status);
  // A one-shot event that was not handled yet is not lost: resuming arms it again.
  if (blank(registration)) registration.leave(STATE_DISARMED);
  registration.enter(STATE_PAUSED);
  return STATUS_OK;
}

/** Takes up where `pause` left off. A one-shot registration that had fired stays disarmed. */
export function resume(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = find(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (!registration.is(STATE_PAUSED)) return STATUS_OK;
  if (!registration.is(STATE_DISARMED)) {
    const status = rewatch(registration, slot, registration.interest);
    if (status < 0) return buryIfForgotten(slot, status);
  }
  registration.leave(STATE_PAUSED);
  return STATUS_OK;
}

/** Arms a one-shot registration again; any other has its present state reported anew. */
export function rearm(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = find(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (!registration.is(STATE_PAUSED)) {
    const status = rewatch(registration, slot, registration.interest);
    if (status < 0) return buryIfForgotten(slot, status);
  }
  registration.leave(STATE_DISARMED);
  return STATUS_OK;
}

function silence(registration: Registration, slot: u32): i32 {
  if (registration.interest & EPOLLEXCLUSIVE) {
    const status = ctl(epollFd(), EPOLL_CTL_DEL, registration.fd, 0, 0, 0);
    if (status >= 0) registration.enter(STATE_DETACHED);
    return status;
  }
  return ctl(epollFd(), EPOLL_CTL_MOD, registration.fd, SILENT, slot, registration.generation);
}
