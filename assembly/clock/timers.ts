import { NIL, TIMER_SLOT_BITS } from '../abi';
import { extend } from '../memory/memory';
import { Slab } from '../memory/slab';

/**
 * What is to happen when: a heap of four children a node, ordered by time, and among equal times by
 * the order in which they were set. Entries carry both with them, so that sifting reads no record.
 *
 *   heap entry, 24 bytes                           timer record, 4 bytes
 *   +--------------+----------------+------+---+   +------------------------------+
 *   | time (64 bit)| order (float64)| slot |   |   | place in the heap, or next   |
 *   +--------------+----------------+------+---+   +------------------------------+
 *
 * Times are nanoseconds since an epoch of the clock's own, and orders are whatever the clock
 * counts: the heap only compares them.
 *
 * Each export calls what can fail for want of memory before it changes anything.
 */
@unmanaged
class Entry {
  time: i64;
  order: f64;
  slot: u32;

  /** Whether this one's turn is before that of a timer of such a time and order. */
  @inline
  isBefore(time: i64, order: f64): bool {
    return this.time < time || (this.time == time && this.order < order);
  }
}

@unmanaged
class Timer {
  /** Where its entry stands in the heap; for a free record, the next one. */
  place: u32;
}

const ENTRY_SIZE: usize = 24;
const ARITY_BITS: u32 = 2;
const INITIAL_ENTRIES: u32 = 1 << 10;
let heap: usize = 0;
let heapCapacity: u32 = 0;
let count: u32 = 0;

const slab = changetype<Slab<Timer>>(memory.data(offsetof<Slab<Timer>>()));

export function timerCount(): u32 {
  return count;
}

/** Sets a timer: its slot, or NIL when there is no memory for one more. */
export function setTimer(timeHigh: i32, timeLow: u32, order: f64): u32 {
  if (!makeRoom()) return NIL;
  const slot = slab.take();
  if (slot == NIL) return NIL;
  rise(count, join(timeHigh, timeLow), order, slot);
  count += 1;
  return slot;
}

/** Gives a timer that is set another time. It keeps its order. */
export function moveTimer(slot: u32, timeHigh: i32, timeLow: u32): void {
  const index = slab.at(slot).place;
  assert(index < count && at(index).slot == slot, 'a timer that is set');
  settle(index, join(timeHigh, timeLow), at(index).order, slot);
}

/** Takes out a timer that is set. */
export function cancelTimer(slot: u32): void {
  const index = slab.at(slot).place;
  assert(index < count && at(index).slot == slot, 'a timer that is set');
  count -= 1;
  if (index < count) {
    // The last entry closes the hole.
    const last = at(count);
    settle(index, last.time, last.order, last.slot);
  }
  slab.giveBack(slot);
}

/** Where the entry of the earliest timer stands; 0 when none is set. */
export function nextTimer(): usize {
  return count == 0 ? 0 : heap;
}

function join(high: i32, low: u32): i64 {
  return ((<i64>high) << 32) | <i64>low;
}

function at(index: u32): Entry {
  return changetype<Entry>(heap + <usize>index * ENTRY_SIZE);
}

function place(index: u32, time: i64, order: f64, slot: u32): void {
  const entry = at(index);
  entry.time = time;
  entry.order = order;
  entry.slot = slot;
  slab.at(slot).place = index;
}

/** Puts an entry into the hole at `index`, or wherever it belongs from there. */
function settle(index: u32, time: i64, order: f64, slot: u32): void {
  if (index > 0 && !at((index - 1) >> ARITY_BITS).isBefore(time, order)) {
    rise(index, time, order, slot);
  } else {
    sink(index, time, order, slot);
  }
}

/** Puts an entry into the hole at `index`, or further up. */
function rise(index: u32, time: i64, order: f64, slot: u32): void {
  while (index > 0) {
    const parent = (index - 1) >> ARITY_BITS;
    const above = at(parent);
    if (above.isBefore(time, order)) break;
    place(index, above.time, above.order, above.slot);
    index = parent;
  }
  place(index, time, order, slot);
}

/** Puts an entry into the hole at `index`, or further down. */
function sink(index: u32, time: i64, order: f64, slot: u32): void {
  for (;;) {
    const first = (index << ARITY_BITS) + 1;
    if (first >= count) break;
    let least = first;
    let leastTime = at(first).time;
    const end = min(first + (1 << ARITY_BITS), count);
    for (let child = first + 1; child < end; child++) {
      if (!at(child).isBefore(leastTime, at(least).order)) continue;
      least = child;
      leastTime = at(child).time;
    }
    const below = at(least);
    if (!below.isBefore(time, order)) break;
    place(index, leastTime, below.order, below.slot);
    index = least;
  }
  place(index, time, order, slot);
}

function makeRoom(): bool {
  if (!slab.isInitialized) {
    if (!slab.initialize(TIMER_SLOT_BITS, offsetof<Timer>('place'))) return false;
  }
  if (count < heapCapacity) return true;
  const wanted = heapCapacity == 0 ? INITIAL_ENTRIES : heapCapacity << 1;
  const bytes = <usize>heapCapacity * ENTRY_SIZE;
  const moved = extend(heap, bytes, <usize>wanted * ENTRY_SIZE);
  if (moved == 0) return false;
  heap = moved;
  heapCapacity = wanted;
  return true;
}
