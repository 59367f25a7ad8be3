import { NIL, STATE_EVICTED } from '../abi';
import { haunt, setSlotOf, slotOf } from './fd-index';
import { blank } from './ready-list';
import { freeRegistration, registrationAt } from './registration';
import { leaveWatchList } from './subscriber-table';

/**
 * A registration whose file was closed behind our back is found out later: when an operation is
 * asked of it, when its number is added again, or when the epoll instance is rebuilt. Its record is
 * kept, out of every table, until the host has taken note of who lost what.
 */

let first: u32 = NIL;

/** Ends a registration that the kernel has forgotten, and keeps it to be told of. */
export function evict(slot: u32): void {
  unlink(slot);
  const registration = registrationAt(slot);
  haunt(registration.fd);
  registration.enter(STATE_EVICTED);
  registration.next = first;
  first = slot;
}

/** Ends a registration that nobody needs to be told of. */
export function bury(slot: u32): void {
  unlink(slot);
  freeRegistration(slot);
}

/** The record of an evicted registration, or 0. */
export function evicted(): usize {
  return first == NIL ? 0 : changetype<usize>(registrationAt(first));
}

/** Lets go of the one that `evicted` showed. */
export function dismissEvicted(): void {
  const slot = first;
  first = registrationAt(slot).next;
  freeRegistration(slot);
}

function unlink(slot: u32): void {
  const registration = registrationAt(slot);
  blank(registration);
  if (slotOf(registration.fd) == slot) setSlotOf(registration.fd, NIL);
  leaveWatchList(registration.subscriber, slot);
}
