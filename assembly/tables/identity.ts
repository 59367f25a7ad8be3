import {
  NIL,
  STATUS_INVALID_ID,
  STATUS_NOT_OWNER,
  STATUS_NOT_REGISTERED,
  STATUS_UNSURE,
} from '../abi';
import { evict } from './eviction';
import { isHaunted, slotOf } from './fd-index';
import { noteGone } from './kernel-entry';
import { registrationAt } from './registration';
import { isAlive } from './subscriber-table';

/**
 * Whose registration it is, and whether its number still names the file that was registered. The
 * kernel's key is (file, number). A number that was file A, then B, then A again (dup2) finds A's
 * old entry, where the table has B: what is asked of B would be done to A. Only a number that is
 * haunted can be so, and the host can find out which entry is whose. An operation on such a number
 * answers STATUS_UNSURE, and is asked again when the host has vouched for it or disowned it.
 */

const NO_FD: i32 = -1;
/** For a host that can't find out. */
const EVERY_FD: i32 = -2;

let vouchedFor: i32 = EVERY_FD;

/** The slot of a subscriber's own registration, or a status. */
export function find(subscriber: u32, generation: u32, fd: i32): i32 {
  if (!isAlive(subscriber, generation)) return STATUS_INVALID_ID;
  const slot = slotOf(fd);
  if (slot == NIL) return STATUS_NOT_REGISTERED;
  if (registrationAt(slot).subscriber != subscriber) return STATUS_NOT_OWNER;
  return slot;
}

/** The same, for an operation that would do harm to another file. */
export function findSure(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = find(subscriber, generation, fd);
  return slot < 0 || !isUnsure(fd) ? slot : STATUS_UNSURE;
}

export function isUnsure(fd: i32): bool {
  if (vouchedFor == EVERY_FD) return false;
  const vouched = vouchedFor == fd;
  // Also where nobody doubts it any more: the next doubt is another one.
  vouchedFor = NO_FD;
  return !vouched && isHaunted(fd);
}

/** From now on the host is asked. */
export function askWhoseNumber(): void {
  vouchedFor = NO_FD;
}

/** The number names the file that is registered: good for the next operation. */
export function vouch(fd: i32): void {
  vouchedFor = fd;
}

/** The number names another file: its registration ends, for its owner to be told. */
export function disown(fd: i32): void {
  const slot = slotOf(fd);
  assert(slot != NIL, 'a number that is registered');
  noteGone();
  evict(slot);
}
