import { NIL, TIMER_SLOT_BITS } from '../abi';
import { extend } from '../memory';
import { Slab } from '../slab';

/**
 * What is to happen when: a heap of four children a node, ordered by time, whose entries carry
 * their time with them, so that sifting reads no record.
 *
 *   heap entry, 16 bytes           timer record, 4 bytes
 *   +--------------+------+---+    +------------------------------+
 *   | time (64 bit)| slot |   |    | place in the heap, or next   |
 *   +--------------+------+---+    +------------------------------+
 *
 * Times are nanoseconds since an epoch of the clock's own; the heap only compares them.
 */
@unmanaged
class Entry {
  time: i64;
  slot: u32;
}

@unmanaged
class Timer {
  /** Where its entry stands in the heap; for a free record, the next one. */
  place: u32;
}

const ENTRY_SIZE: usize = 16;
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
export function setTimer(timeHigh: i32, timeLow: u32): u32 {
  if (!makeRoom()) return NIL;
  const slot = slab.take();
  if (slot == NIL) return NIL;
  const index = count;
  count += 1;
  rise(index, join(timeHigh, timeLow), slot);
  return slot;
}

/** Takes a timer out before its time. */
export function cancelTimer(slot: u32): void {
  const index = slab.at(slot).place;
  assert(index < count && at(index).slot == slot, 'a timer that is set');
  removeAt(index);
  slab.giveBack(slot);
}

/** Takes out the earliest timer if it is due by `now`: its slot, or NIL. */
export function takeDueTimer(nowHigh: i32, nowLow: u32): u32 {
  if (count == 0 || at(0).time > join(nowHigh, nowLow)) return NIL;
  const slot = at(0).slot;
  removeAt(0);
  slab.giveBack(slot);
  return slot;
}

/** Where the time of the earliest timer stands, the lower half first; 0 when none is set. */
export function nextTimer(): usize {
  return count == 0 ? 0 : heap;
}

function join(high: i32, low: u32): i64 {
  return ((<i64>high) << 32) | <i64>low;
}

function at(index: u32): Entry {
  return changetype<Entry>(heap + <usize>index * ENTRY_SIZE);
}

function place(index: u32, time: i64, slot: u32): void {
  const entry = at(index);
  entry.time = time;
  entry.slot = slot;
  slab.at(slot).place = index;
}

/** Puts an entry into the hole at `index`, or further up. */
function rise(index: u32, time: i64, slot: u32): void {
  while (index > 0) {
    const parent = (index - 1) >> ARITY_BITS;
    const above = at(parent);
    if (above.time <= time) break;
    place(index, above.time, above.slot);
    index = parent;
  }
  place(index, time, slot);
}

/** Puts an entry into the hole at `index`, or further down. */
function sink(index: u32, time: i64, slot: u32): void {
  for (;;) {
    const first = (index << ARITY_BITS) + 1;
    if (first >= count) break;
    let least = first;
    const end = min(first + (1 << ARITY_BITS), count);
    for (let child = first + 1; child < end; child++) {
      if (at(child).time < at(least).time) least = child;
    }
    const below = at(least);
    if (below.time >= time) break;
    place(index, below.time, below.slot);
    index = least;
  }
  place(index, time, slot);
}

/** Closes the hole at `index` with the last entry. */
function removeAt(index: u32): void {
  count -= 1;
  if (index == count) return;
  const last = at(count);
  const time = last.time;
  const slot = last.slot;
  const above = index > 0 ? at((index - 1) >> ARITY_BITS).time : i64.MIN_VALUE;
  if (time < above) rise(index, time, slot);
  else sink(index, time, slot);
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
