import {
  NIL,
  READY_DATA,
  READY_FD,
  READY_SUBSCRIBER,
  REGISTRATION_DATA,
  REGISTRATION_FD,
  REGISTRATION_INTEREST,
  REGISTRATION_NEXT,
  REGISTRATION_SIZE,
  REGISTRATION_SLOT_BITS,
  REGISTRATION_STATE,
  REGISTRATION_SUBSCRIBER,
} from '../abi';
import { Slab } from '../memory/slab';

/**
 * One fd watched for one subscriber.
 *
 *   0            4          8    12     16           20     24         28      32      34
 *   +------------+----------+----+------+------------+------+----------+-------+-------+-------+
 *   | generation | interest | fd | data | subscriber | next | previous | place | state | stale |
 *   +------------+----------+----+------+------------+------+----------+-------+-------+-------+
 *                 `---------- a ready entry ---------'
 *
 * `next` and `previous` thread the subscriber's watch list; a free record uses `next` for the
 * free list. `place` is where its latest event stands in the ready list. The four words from
 * `interest` on are laid out as an entry of that list, which is made by copying them.
 */
@unmanaged
export class Registration {
  /** Grows when the record is freed: what the kernel still holds for an older one is stale. */
  generation: u32;
  interest: u32;
  fd: i32;
  data: u32;
  subscriber: u32;
  next: u32;
  previous: u32;
  place: u32;
  state: u16;
  /** Events that came for an older generation. */
  stale: u16;

  @inline
  is(state: i32): bool {
    return (<i32>this.state & state) != 0;
  }

  @inline
  enter(state: i32): void {
    this.state |= <u16>state;
  }

  @inline
  leave(state: i32): void {
    this.state &= ~(<u16>state);
  }
}

const slab = changetype<Slab<Registration>>(memory.data(offsetof<Slab<Registration>>()));

/** Makes the table; false when there is no memory for it. */
export function initializeRegistrations(): bool {
  // These offsets are what JavaScript reads by.
  if (offsetof<Registration>() != REGISTRATION_SIZE) ERROR('the record is not as abi.ts says');
  if (offsetof<Registration>('fd') != REGISTRATION_FD) ERROR('fd has moved');
  if (offsetof<Registration>('interest') != REGISTRATION_INTEREST) ERROR('interest has moved');
  if (offsetof<Registration>('data') != REGISTRATION_DATA) ERROR('data has moved');
  if (offsetof<Registration>('subscriber') != REGISTRATION_SUBSCRIBER) ERROR('subscriber moved');
  if (REGISTRATION_FD - REGISTRATION_INTEREST != READY_FD) ERROR('fd is not as in an entry');
  if (REGISTRATION_DATA - REGISTRATION_INTEREST != READY_DATA) ERROR('data is not as in an entry');
  if (REGISTRATION_SUBSCRIBER - REGISTRATION_INTEREST != READY_SUBSCRIBER) ERROR('nor this');
  if (offsetof<Registration>('next') != REGISTRATION_NEXT) ERROR('next has moved');
  if (offsetof<Registration>('state') != REGISTRATION_STATE) ERROR('state has moved');
  return slab.initialize(REGISTRATION_SLOT_BITS, REGISTRATION_NEXT);
}

/** The record of a slot that was handed out. */
export function registrationAt(slot: u32): Registration {
  return slab.at(slot);
}

export function highestRegistration(): u32 {
  return slab.highest;
}

export function registrationCount(): u32 {
  return slab.taken;
}

/** The slot that is handed out next, or NIL; `nextGeneration` is what its record will say. */
export function nextSlot(): u32 {
  return slab.next;
}

export function nextGeneration(): u32 {
  const slot = slab.next;
  return slot > slab.highest ? 0 : slab.at(slot).generation;
}

/** Takes a free record; NIL when there is no room for one more. */
export function allocateRegistration(): u32 {
  return slab.take();
}

/** Gives a record back. What is left of it answers to no fd and to no event. */
export function freeRegistration(slot: u32): void {
  const registration = registrationAt(slot);
  registration.fd = -1;
  registration.generation += 1;
  registration.subscriber = NIL;
  registration.state = 0;
  // After the last generation the slot would begin to repeat itself, so it is used no more.
  if (registration.generation == u32.MAX_VALUE) slab.retire();
  else slab.giveBack(slot);
}
