import { NIL } from '../abi';
import { reserve } from './memory';

const CHUNK_BITS: u32 = 10;
const CHUNK_RECORDS: usize = 1 << CHUNK_BITS;
const CHUNK_MASK: u32 = (1 << CHUNK_BITS) - 1;

/**
 * Records of one size, by slot: in chunks of 1 024 which are never moved, so that a pointer stays
 * good. Slots count from 1, and one that was given back is handed out first.
 *
 *   directory          chunk
 *   +---------+        +-----------+-----------+--
 *   | chunk 0 | -----> | (slot 0)  | slot 1    | …
 *   | chunk 1 |        +-----------+-----------+--
 *   | …       |
 *
 * The free list is threaded through a field of the records. A slab is static:
 * `changetype<Slab<T>>(memory.data(offsetof<Slab<T>>()))`.
 */
@unmanaged
export class Slab<T> {
  private directory: usize;
  private slotMax: u32;
  /** Where in a free record the next one's slot stands. */
  private link: usize;
  private free: u32;
  /** The highest slot that was ever handed out. */
  highest: u32;
  /** Records that are taken now. */
  taken: u32;

  /** Makes the directory for slots of so many bits; false when there is no memory for it. */
  initialize(slotBits: u32, link: usize): bool {
    this.slotMax = (1 << slotBits) - 1;
    this.link = link;
    this.directory = reserve(((<usize>1) << (slotBits - CHUNK_BITS)) * sizeof<usize>());
    return this.directory != 0;
  }

  get isInitialized(): bool {
    return this.directory != 0;
  }

  @inline
  at(slot: u32): T {
    assert(slot != NIL && slot <= this.highest, 'a slot that was handed out');
    const chunk = load<usize>(this.directory + <usize>(slot >> CHUNK_BITS) * sizeof<usize>());
    return changetype<T>(chunk + <usize>(slot & CHUNK_MASK) * offsetof<T>());
  }

  /** The slot that `take` would answer, were there memory; NIL when all slots are taken. */
  get next(): u32 {
    if (this.free != NIL) return this.free;
    return this.highest < this.slotMax ? this.highest + 1 : NIL;
  }

  /** Takes a record, as it was given back, or zeroed: its slot, or NIL when there is no room. */
  take(): u32 {
    const slot = this.next;
    if (slot == NIL) return NIL;
    if (slot == this.free) {
      this.free = load<u32>(this.linkOf(slot));
    } else {
      if (!this.hasChunk(slot)) return NIL;
      this.highest = slot;
    }
    this.taken += 1;
    return slot;
  }

  giveBack(slot: u32): void {
    this.retire();
    store<u32>(this.linkOf(slot), this.free);
    this.free = slot;
  }

  /** Gives a record back that is not to be handed out again. */
  retire(): void {
    assert(this.taken > 0, 'as many given back as were taken');
    this.taken -= 1;
  }

  private linkOf(slot: u32): usize {
    return changetype<usize>(this.at(slot)) + this.link;
  }

  private hasChunk(slot: u32): bool {
    const entry = this.directory + <usize>(slot >> CHUNK_BITS) * sizeof<usize>();
    if (load<usize>(entry) != 0) return true;
    const chunk = reserve(CHUNK_RECORDS * offsetof<T>());
    store<usize>(entry, chunk);
    return chunk != 0;
  }
}
