import { NIL } from '../abi';
import { extend } from '../memory/memory';
import { ANY_ONE, ANY_RUN, UNIT } from './characters';
import { releaseText } from './topic-text';
import { matches } from './wildcard';

/**
 * Two tables of one make: the topics that are known, and the patterns that are subscribed to.
 * Each is matched against the whole of the other once, when it is added.
 *
 *   record, 48 bytes
 *   +------+-----------+------+-----------+-------+--------+-------+------+
 *   | head | head mask | tail | tail mask | units | length | least | next |
 *   | 64   | 64        | 64   | 64        | 32    | 32     | 32    | 32   |
 *   +------+-----------+------+-----------+-------+--------+-------+------+
 *
 * The head holds the first four units of a topic, or as many literal ones as a pattern begins
 * with, the tail the last; most pairs are told apart by them, without a look at the texts.
 */
@unmanaged
class Text {
  head: u64;
  headMask: u64;
  tail: u64;
  tailMask: u64;
  units: usize;
  length: u32;
  /** The shortest topic that a pattern matches. NEVER in a record that is free. */
  least: u32;
  next: u32;
}

@unmanaged
class Table {
  records: usize;
  capacity: u32;
  /** Records that were ever handed out: slots 1 to `limit`. */
  limit: u32;
  free: u32;
}

const RECORD_SIZE: usize = 48;
const NEVER: u32 = u32.MAX_VALUE;
const INITIAL_RECORDS: u32 = 64;
const LANES: u32 = 4;
const LANE_BITS: u32 = 16;

const topics = changetype<Table>(memory.data(offsetof<Table>()));
const patterns = changetype<Table>(memory.data(offsetof<Table>()));

/** The slots that the latest match has found. */
let found: usize = 0;
let foundCapacity: u32 = 0;

/** Takes over a text's block: its slot, or NIL when there is no memory for one more. */
export function addTopic(units: usize, length: u32): u32 {
  return add(topics, units, length);
}

export function addPattern(units: usize, length: u32): u32 {
  return add(patterns, units, length);
}

export function removeTopic(slot: u32): void {
  remove(topics, slot);
}

export function removePattern(slot: u32): void {
  remove(patterns, slot);
}

/** How many patterns match a topic. Their slots are at `matchedSlots`. */
export function matchPatterns(topicSlot: u32): u32 {
  const topic = at(topics, topicSlot);
  let count: u32 = 0;
  for (let slot: u32 = 1; slot <= patterns.limit; slot++) {
    if (isMatch(at(patterns, slot), topic)) note(count++, slot);
  }
  return count;
}

/** How many of the known topics a pattern matches. Their slots are at `matchedSlots`. */
export function matchTopics(patternSlot: u32): u32 {
  const pattern = at(patterns, patternSlot);
  let count: u32 = 0;
  for (let slot: u32 = 1; slot <= topics.limit; slot++) {
    const topic = at(topics, slot);
    if (topic.least != NEVER && isMatch(pattern, topic)) note(count++, slot);
  }
  return count;
}

export function matchedSlots(): usize {
  return found;
}

function isMatch(pattern: Text, topic: Text): bool {
  if (topic.length < pattern.least) return false;
  if ((topic.head & pattern.headMask) != pattern.head) return false;
  if ((topic.tail & pattern.tailMask) != pattern.tail) return false;
  const patternEnd = pattern.units + <usize>pattern.length * UNIT;
  const topicEnd = topic.units + <usize>topic.length * UNIT;
  return matches(pattern.units, patternEnd, topic.units, topicEnd);
}

function note(index: u32, slot: u32): void {
  assert(index < foundCapacity, 'room for a whole table');
  store<u32>(found + <usize>index * sizeof<u32>(), slot);
}

function at(table: Table, slot: u32): Text {
  if (offsetof<Text>() > RECORD_SIZE) ERROR('a record is 48 bytes');
  assert(slot != NIL && slot <= table.limit, 'a slot that was handed out');
  return changetype<Text>(table.records + <usize>(slot - 1) * RECORD_SIZE);
}

function add(table: Table, units: usize, length: u32): u32 {
  const slot = allocate(table);
  if (slot == NIL) {
    releaseText(units, length);
    return NIL;
  }
  const text = at(table, slot);
  text.units = units;
  text.length = length;
  describe(text);
  return slot;
}

function remove(table: Table, slot: u32): void {
  const text = at(table, slot);
  assert(text.least != NEVER, 'a slot that is taken');
  releaseText(text.units, text.length);
  text.least = NEVER;
  text.next = table.free;
  table.free = slot;
}

function describe(text: Text): void {
  let literals: u32 = 0;
  let ones: u32 = 0;
  for (let i: u32 = 0; i < text.length; i++) {
    const unit = load<u16>(text.units + <usize>i * UNIT);
    if (unit == ANY_ONE) ones += 1;
    else if (unit != ANY_RUN) literals += 1;
  }
  text.least = literals + ones;
  text.head = 0;
  text.headMask = 0;
  text.tail = 0;
  text.tailMask = 0;
  const most = min(LANES, text.length);
  for (let i: u32 = 0; i < most; i++) {
    const unit = load<u16>(text.units + <usize>i * UNIT);
    if (isWild(unit)) break;
    text.head |= (<u64>unit) << (i * LANE_BITS);
    text.headMask |= (<u64>0xffff) << (i * LANE_BITS);
  }
  for (let i: u32 = 0; i < most; i++) {
    const unit = load<u16>(text.units + <usize>(text.length - 1 - i) * UNIT);
    if (isWild(unit)) break;
    text.tail |= (<u64>unit) << ((LANES - 1 - i) * LANE_BITS);
    text.tailMask |= (<u64>0xffff) << ((LANES - 1 - i) * LANE_BITS);
  }
}

function isWild(unit: u16): bool {
  return unit == ANY_RUN || unit == ANY_ONE;
}

/** A slot, with room in the list of matches for as many as there are. */
function allocate(table: Table): u32 {
  const slot = table.free;
  if (slot != NIL) {
    table.free = at(table, slot).next;
    return slot;
  }
  if (table.limit == table.capacity && !grow(table)) return NIL;
  table.limit += 1;
  return table.limit;
}

function grow(table: Table): bool {
  const wanted = table.capacity == 0 ? INITIAL_RECORDS : table.capacity << 1;
  if (wanted > foundCapacity) {
    const bytes = <usize>foundCapacity * sizeof<u32>();
    const list = extend(found, bytes, <usize>wanted * sizeof<u32>());
    if (list == 0) return false;
    found = list;
    foundCapacity = wanted;
  }
  const bytes = <usize>table.capacity * RECORD_SIZE;
  const records = extend(table.records, bytes, <usize>wanted * RECORD_SIZE);
  if (records == 0) return false;
  table.records = records;
  table.capacity = wanted;
  return true;
}
