import { reserve } from '../memory/memory';
import { ANY_ONE, isFirstHalf, isSecondHalf, UNIT } from './characters';

/**
 * The search for a stretch of a pattern by sets of places, one bit for each unit of the stretch:
 * bit i is set when the units up to i match what was read last. A unit of the topic shifts the
 * set, and keeps the bits where the stretch has that unit: one step for 64 of them.
 *
 *   numbers: for each of the 65 536 units its row, or 0
 *   rows, each with a bit for each unit of the stretch
 *   +------+-----+-------+---------+----------------------+-----+
 *   | none | any | state | pending | places of some unit  | ... |
 *   +------+-----+-------+---------+----------------------+-----+
 */
export const NOT_FOUND: usize = 0;

const UNITS: usize = 1 << 16;
const NONE: u32 = 0;
const ANY: u32 = 1;
const STATE: u32 = 2;
const PENDING: u32 = 3;
const FIRST_ROW: u32 = 4;
const WORD: usize = sizeof<u64>();
const WORD_BITS_LOG2: u32 = 6;

let numbers: usize = 0;
let rows: usize = 0;
let rowsSize: usize = 0;
/** The size of one row, in bytes. */
let rowSize: usize = 0;

/** Prepares rows for a stretch. False when there is no memory for them. */
export function layOut(stretch: usize, stretchEnd: usize): bool {
  if (numbers == 0) numbers = reserve(UNITS * sizeof<u16>());
  if (numbers == 0) return false;
  let count = FIRST_ROW;
  for (let at = stretch; at < stretchEnd; at += UNIT) {
    const unit = load<u16>(at);
    if (unit == ANY_ONE || numberOf(unit) != NONE) continue;
    setNumber(unit, count);
    count += 1;
  }
  const length = (stretchEnd - stretch) / UNIT;
  rowSize = ((length + 63) >> WORD_BITS_LOG2) * WORD;
  const wanted = rowSize * <usize>count;
  if (wanted > rowsSize) {
    const size = (<usize>1) << (32 - clz(<u32>wanted - 1));
    const block = reserve(size);
    if (block == 0) {
      forget(stretch, stretchEnd);
      return false;
    }
    rows = block;
    rowsSize = size;
  }
  memory.fill(rows, 0, wanted);
  return true;
}

/** What comes behind the first place in a topic of the stretch that was laid out. */
export function findByBits(
  stretch: usize,
  stretchEnd: usize,
  topic: usize,
  topicEnd: usize,
): usize {
  for (let at = stretch; at < stretchEnd; at += UNIT) {
    const unit = load<u16>(at);
    const index = <u32>((at - stretch) / UNIT);
    const row = unit == ANY_ONE ? ANY : numberOf(unit);
    const word = rowAt(row) + (<usize>index >> WORD_BITS_LOG2) * WORD;
    store<u64>(word, load<u64>(word) | ((<u64>1) << (index & 63)));
  }
  const last = <u32>((stretchEnd - stretch) / UNIT) - 1;
  const lastWord = rowAt(STATE) + (<usize>last >> WORD_BITS_LOG2) * WORD;
  const lastBit = (<u64>1) << (last & 63);
  let found = NOT_FOUND;
  for (; topic < topicEnd && found == NOT_FOUND; topic += UNIT) {
    read(load<u16>(topic));
    if ((load<u64>(lastWord) & lastBit) != 0) found = topic + UNIT;
  }
  forget(stretch, stretchEnd);
  return found;
}

/** One unit of the topic. `?` takes both halves of a character: between, it is pending. */
function read(unit: u16): void {
  const row = rowAt(numberOf(unit));
  const any = rowAt(ANY);
  const state = rowAt(STATE);
  const pending = rowAt(PENDING);
  let carry: u64 = 1;
  for (let i: usize = 0; i < rowSize; i += WORD) {
    const word = load<u64>(state + i);
    const shifted = (word << 1) | carry;
    carry = word >> 63;
    let next = shifted & load<u64>(row + i);
    if (isFirstHalf(unit)) store<u64>(pending + i, shifted & load<u64>(any + i));
    else if (isSecondHalf(unit)) next |= load<u64>(pending + i);
    else next |= shifted & load<u64>(any + i);
    store<u64>(state + i, next);
  }
}

function forget(stretch: usize, stretchEnd: usize): void {
  for (let at = stretch; at < stretchEnd; at += UNIT) setNumber(load<u16>(at), NONE);
}

function numberOf(unit: u16): u32 {
  return load<u16>(numbers + ((<usize>unit) << 1));
}

function setNumber(unit: u16, row: u32): void {
  store<u16>(numbers + ((<usize>unit) << 1), <u16>row);
}

function rowAt(row: u32): usize {
  return rows + rowSize * <usize>row;
}
