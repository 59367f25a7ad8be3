import {
  EPOLL_EVENT_SIZE_ALIGNED,
  EPOLLERR,
  EPOLLHUP,
  HEADER_GHOST,
  HEADER_READY_LIST,
  READY_DATA,
  READY_EVENTS,
  READY_FD,
  READY_SIZE,
  REGISTRATION_INTEREST,
  STATE_DISARMED,
  STATE_EVICTED,
  STATE_PAUSED,
} from '../abi';
import { reserve } from '../memory/memory';
import { highestRegistration, Registration, registrationAt } from './registration';

/**
 * One buffer, two readings. The kernel fills it with its own entries, up against the end;
 * compaction then turns them, in one pass from the front, into entries of 16 bytes with all
 * that a handler is told, and leaves out those that are nobody's:
 *
 *   the kernel's   ........ e0 s0 g0 | e1 s1 g1 | e2 s2 g2     (events, slot, generation)
 *   ours           e0 fd data subscriber | e2 fd data subscriber
 *
 * An entry of ours never overtakes one of the kernel's that is still to be read.
 */

/** What JavaScript reads after each wait, where a call would cost more: see `header`. */
const HEADER_SIZE = 8;
const notes: usize = memory.data(HEADER_SIZE, 4);

let base: usize = 0;
let capacity: i32 = 0;
let capacityMax: i32 = 0;
let eventSize: usize = EPOLL_EVENT_SIZE_ALIGNED;
/** Entries of the present batch, blanked ones included. */
let count: i32 = 0;
/** Whether the latest batch had as many events as there was room for. */
let full: bool = false;
let staleMax: i32 = 0;

/** Events that the kernel sent: those below, those that were handled, and those to come. */
export let received: f64 = 0;
/** Events that were dropped because their registration is gone. */
export let stale: f64 = 0;
/** Events that were dropped because their registration is paused or disarmed. */
export let discarded: f64 = 0;
/** Events that were taken back before they were handled: removed, paused, or asked for no more. */
export let withdrawn: f64 = 0;
/** How often a registration that is gone had fired `staleMax` times since it was last counted. */
export let ghosts: f64 = 0;

/** `initial` and `maximum` count entries; `staleRun` is what makes a ghost of a stale slot. */
export function initializeReadyList(size: usize, initial: i32, maximum: i32, staleRun: i32): bool {
  assert(initial > 0 && initial <= maximum, 'a batch has room for one event at least');
  eventSize = size;
  capacityMax = maximum;
  staleMax = staleRun;
  return resize(initial);
}

export function readyCapacity(): i32 {
  return capacity;
}

export function readyAddress(): usize {
  return base;
}

/** Two words: where the ready list is, and whether a ghost came up. */
export function header(): usize {
  return notes;
}

/**
 * Doubles the list, up to its maximum, when the latest batch has filled it: there was more to
 * fetch. It stays as it is when memory is at its end.
 */
export function growIfFull(): void {
  if (!full) return;
  full = false;
  if (capacity == capacityMax) return;
  resize(capacity > capacityMax >> 1 ? capacityMax : capacity << 1);
}

/** Where the kernel is to write. */
export function kernelAddress(): usize {
  return base + <usize>capacity * (<usize>READY_SIZE - eventSize);
}

/** Compacts what the kernel has written; answers how many entries are left. */
export function collect(sent: i32): i32 {
  assert(sent <= capacity, 'the kernel keeps to what it was given');
  received += sent;
  // Locals: a global is a memory access each time.
  const size = eventSize;
  const slots = highestRegistration();
  let from = kernelAddress();
  let to = base;
  let taken = 0;
  for (const end = from + <usize>sent * size; from < end; from += size) {
    // The 64 bits of data stand at the end of the kernel's entry, whatever its size.
    const slot = load<u32>(from + size - 8);
    const generation = load<u32>(from + size - 4);
    // Slots count from 1; 0, as any other that was never handed out, is a stranger's entry.
    if (slot - 1 >= slots) {
      stale += 1;
      continue;
    }
    const registration = registrationAt(slot);
    if (registration.generation != generation) {
      noteStale(registration);
      continue;
    }
    if (registration.state != 0 && !admit(registration)) continue;
    registration.place = taken;
    const events = load<u32>(from);
    v128.store(to, v128.load(changetype<usize>(registration) + REGISTRATION_INTEREST));
    store<u32>(to, events, READY_EVENTS);
    to += READY_SIZE;
    taken += 1;
  }
  count = taken;
  full = sent == capacity;
  return taken;
}

/** Counts the whole batch as handled: no later operation looks for an event in it. */
export function forgetBatch(): void {
  count = 0;
}

/** Takes back an event that was not handled yet; false when there was none. */
export function blank(registration: Registration): bool {
  const entry = pendingEntry(registration);
  if (entry == 0) return false;
  store<u32>(entry, 0, READY_EVENTS);
  withdrawn += 1;
  return true;
}

/** Narrows an event that was not handled yet to what is still asked for. */
export function mask(registration: Registration, interest: u32): void {
  const entry = pendingEntry(registration);
  if (entry == 0) return;
  const events = load<u32>(entry, READY_EVENTS) & (interest | EPOLLERR | EPOLLHUP);
  store<u32>(entry, events, READY_EVENTS);
  if (events == 0) withdrawn += 1;
}

/** Gives a pending event the registration's new data. */
export function retag(registration: Registration): void {
  const entry = pendingEntry(registration);
  if (entry != 0) store<u32>(entry, registration.data, READY_DATA);
}

/** Whether a ghost came up since this was last asked. */
export function takeGhost(): bool {
  const seen = load<u32>(notes, HEADER_GHOST) != 0;
  store<u32>(notes, 0, HEADER_GHOST);
  return seen;
}

/**
 * The registration's entry in the present batch, unless it was handled or blanked: both leave
 * no events in it. The place may date from an earlier batch, but a fd has one entry at most.
 */
function pendingEntry(registration: Registration): usize {
  if (<i32>registration.place >= count) return 0;
  const entry = base + <usize>registration.place * READY_SIZE;
  if (load<i32>(entry, READY_FD) != registration.fd) return 0;
  return load<u32>(entry, READY_EVENTS) == 0 ? 0 : entry;
}

function noteStale(registration: Registration): void {
  stale += 1;
  registration.stale += 1;
  if (<i32>registration.stale < staleMax) return;
  // Should the rebuild fail, it is asked for again after a run of the same length.
  registration.stale = 0;
  ghosts += 1;
  store<u32>(notes, 1, HEADER_GHOST);
}

/** Whether an event of a registration in an uncommon state is to be delivered. */
function admit(registration: Registration): bool {
  if (registration.is(STATE_EVICTED)) {
    stale += 1;
    return false;
  }
  if (registration.is(STATE_PAUSED | STATE_DISARMED)) {
    discarded += 1;
    return false;
  }
  registration.enter(STATE_DISARMED);
  return true;
}

function resize(entries: i32): bool {
  const address = reserve(<usize>entries * READY_SIZE);
  if (address == 0) return false;
  base = address;
  store<usize>(notes, address, HEADER_READY_LIST);
  capacity = entries;
  count = 0;
  return true;
}
