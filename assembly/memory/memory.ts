/**
 * Linear memory is only ever taken, in chunks, from its end: tables grow by whole chunks and
 * give none back, so a pointer into a table stays good for the life of the instance.
 */

const ALIGNMENT: usize = 16;
const WASM_PAGE_BITS: usize = 16;
/** Memory grows by a quarter of what there is: V8 may collect all its garbage for each growth. */
const GROWTH_BITS: usize = 2;
/** By 256 KiB at least, … */
const GROWTH_MIN: usize = 1 << 18;
/** … and 64 MiB at the most. */
const GROWTH_MAX: usize = 1 << 26;

let end: usize = __heap_base;

/** Takes zeroed bytes. Answers 0 when memory has reached its maximum. */
export function reserve(bytes: usize): usize {
  const start = (end + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  const next = start + bytes;
  if (next < start) return 0;
  const have = (<usize>memory.size()) << WASM_PAGE_BITS;
  if (next > have) {
    const missing = pages(next - have);
    const ample = pages(min(max(have >> GROWTH_BITS, GROWTH_MIN), GROWTH_MAX));
    // Where there is a maximum, the last growth may have to be an exact one.
    const grown = ample > missing && memory.grow(ample) >= 0;
    if (!grown && memory.grow(missing) < 0) return 0;
  }
  end = next;
  return start;
}

function pages(bytes: usize): i32 {
  return <i32>((bytes + 0xffff) >> WASM_PAGE_BITS);
}

/**
 * Gives a block of memory more room: in place when it is the last one, else as a copy elsewhere.
 * Answers where it is now, or 0, with the block as it was, when memory has reached its maximum.
 */
export function extend(block: usize, bytes: usize, wanted: usize): usize {
  if (block != 0 && block + bytes == end) {
    return reserve(wanted - bytes) == 0 ? 0 : block;
  }
  const copy = reserve(wanted);
  if (copy != 0) memory.copy(copy, block, bytes);
  return copy;
}

/** Bytes of linear memory in use, from address 0. */
export function used(): usize {
  return end;
}
