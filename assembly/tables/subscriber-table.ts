import { NIL, SUBSCRIBER_GENERATION_MAX, SUBSCRIBER_SLOT_BITS } from '../abi';
import { Slab } from '../memory/slab';
import { registrationAt } from './registration';

/**
 * Who is there to be told.
 *
 *   0                          4
 *   +----------------------+---+---+------------------------------+
 *   | generation (31 bits) | 1 | 0 | head of watch list (31 bits) |
 *   +----------------------+---+---+------------------------------+
 *
 * The lowest bit of the first word says whether the subscriber is alive, the highest of the
 * second whether it is unreferenced: whether its registrations don't count towards keeping the
 * host alive. A free record uses `head` for the free list. A watch list is threaded through the
 * registrations themselves, in both directions, so that one leaves it in O(1).
 */
@unmanaged
class Subscriber {
  tag: u32;
  head: u32;
}

const ALIVE: u32 = 1;
const UNREFERENCED: u32 = 1 << 31;

const slab = changetype<Slab<Subscriber>>(memory.data(offsetof<Slab<Subscriber>>()));
let referenced: u32 = 0;

export function initializeSubscribers(): bool {
  return slab.initialize(SUBSCRIBER_SLOT_BITS, offsetof<Subscriber>('head'));
}

export function subscriberCount(): u32 {
  return slab.taken;
}

/** Takes a slot; NIL when there is no room for one more. */
export function allocateSubscriber(): u32 {
  const slot = slab.take();
  if (slot == NIL) return NIL;
  const subscriber = slab.at(slot);
  subscriber.tag |= ALIVE;
  subscriber.head = NIL;
  return slot;
}

/** Ends a subscriber whose watch list is empty. Its generation never comes back. */
export function freeSubscriber(slot: u32): void {
  const subscriber = slab.at(slot);
  assert(watchListOf(slot) == NIL, 'its registrations went first');
  subscriber.tag = (subscriber.tag | ALIVE) + 1;
  if (subscriber.tag >> 1 == SUBSCRIBER_GENERATION_MAX) slab.retire();
  else slab.giveBack(slot);
}

export function isAlive(slot: u32, generation: u32): bool {
  if (slot == NIL || slot > slab.highest) return false;
  return slab.at(slot).tag == ((generation << 1) | ALIVE);
}

export function generationOf(slot: u32): u32 {
  return slab.at(slot).tag >> 1;
}

/** The first registration of the watch list, or NIL. */
export function watchListOf(slot: u32): u32 {
  return slab.at(slot).head & ~UNREFERENCED;
}

/** Registrations of referenced subscribers, which all are at first. */
export function referencedCount(): u32 {
  return referenced;
}

export function setReferenced(slot: u32, on: bool): void {
  const subscriber = slab.at(slot);
  if (on == !(subscriber.head & UNREFERENCED)) return;
  subscriber.head ^= UNREFERENCED;
  let each = watchListOf(slot);
  while (each != NIL) {
    referenced += on ? 1 : -1;
    each = registrationAt(each).next;
  }
}

export function enterWatchList(slot: u32, registrationSlot: u32): void {
  const subscriber = slab.at(slot);
  const registration = registrationAt(registrationSlot);
  const next = watchListOf(slot);
  const unreferenced = subscriber.head & UNREFERENCED;
  registration.next = next;
  registration.previous = NIL;
  if (next != NIL) registrationAt(next).previous = registrationSlot;
  subscriber.head = registrationSlot | unreferenced;
  if (!unreferenced) referenced += 1;
}

export function leaveWatchList(slot: u32, registrationSlot: u32): void {
  const subscriber = slab.at(slot);
  const registration = registrationAt(registrationSlot);
  const unreferenced = subscriber.head & UNREFERENCED;
  const next = registration.next;
  const previous = registration.previous;
  if (next != NIL) registrationAt(next).previous = previous;
  if (previous != NIL) registrationAt(previous).next = next;
  else subscriber.head = next | unreferenced;
  if (!unreferenced) referenced -= 1;
}
