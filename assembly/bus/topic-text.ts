import { reserve } from '../memory/memory';

/**
 * Room for the texts of topics and patterns, UTF-16. Memory is never given back to the system,
 * so a text's block is kept for the next one of its size: 32 bytes, 64, … 4 MiB.
 */
const SMALLEST_BITS: u32 = 5;
const SIZES: u32 = 18;

/** For each size the first free block, each of which begins with the address of the next. */
const freeBlocks: usize = memory.data(SIZES * sizeof<usize>());

/** A block for so many units, not cleared; 0 when there is no memory for it. */
export function allocateText(units: u32): usize {
  const size = sizeOf(units);
  if (size >= SIZES) return 0;
  const list = freeBlocks + <usize>size * sizeof<usize>();
  const block = load<usize>(list);
  if (block == 0) return reserve((<usize>1) << (SMALLEST_BITS + size));
  store<usize>(list, load<usize>(block));
  return block;
}

export function releaseText(block: usize, units: u32): void {
  assert(block != 0, 'a block that was handed out');
  const list = freeBlocks + <usize>sizeOf(units) * sizeof<usize>();
  store<usize>(block, load<usize>(list));
  store<usize>(list, block);
}

/** The power of two, above the smallest, that holds so many units. */
function sizeOf(units: u32): u32 {
  const blocks = (units + (1 << (SMALLEST_BITS - 1)) - 1) >> (SMALLEST_BITS - 1);
  return blocks <= 1 ? 0 : 32 - clz(blocks - 1);
}
