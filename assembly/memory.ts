/**
 * Linear memory is only ever taken, in chunks, from its end: tables grow by whole chunks and
 * give none back, so a pointer into a table stays good for the life of the instance.
 */

const ALIGNMENT: usize = 16;
const WASM_PAGE_BITS: usize = 16;
/** It grows by an eighth of what there is: each growth may cost JavaScript a full collection. */
const GROWTH_SHARE_BITS: usize = 3;

let end: usize = __heap_base;

/** Takes zeroed bytes. Answers 0 when memory has reached its maximum. */
export function reserve(bytes: usize): usize {
  const start = (end + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  const next = start + bytes;
  if (next < start) return 0;
  const pages = <usize>memory.size();
  const needed = ((next - 1) >> WASM_PAGE_BITS) + 1;
  if (needed > pages) {
    const missing = <i32>(needed - pages);
    const share = <i32>(pages >> GROWTH_SHARE_BITS);
    // Near its maximum it has no room for more than what is missing.
    if (memory.grow(max(missing, share)) < 0 && memory.grow(missing) < 0) return 0;
  }
  end = next;
  return start;
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
