import { NIL } from '../abi';
import { reserve } from '../memory/memory';

/**
 * From a fd to its registration: a table of three levels, 11 + 10 + 10 bits. The kernel hands
 * out low numbers first, so that one leaf serves the first thousand fds, and a stray high
 * number costs two pages of 4 KiB.
 *
 * The highest bit of an entry says that the number is haunted: a registration of it was lost, and
 * the kernel may still hold that one's entry, by which it would know the older file again.
 */
const ROOT_ENTRIES: i32 = 1 << 11;
const PAGE_ENTRIES: i32 = 1 << 10;
const PAGE_MASK: i32 = PAGE_ENTRIES - 1;
const HAUNTED: u32 = 1 << 31;

let root: usize = 0;
let haunted: bool = false;

export function initializeFdIndex(): bool {
  root = reserve(<usize>ROOT_ENTRIES * sizeof<usize>());
  return root != 0;
}

/** The slot that watches a fd, or NIL. */
export function slotOf(fd: i32): u32 {
  return entryOf(fd) & ~HAUNTED;
}

/** Whether an earlier registration of this number was lost, in this epoll instance. */
export function isHaunted(fd: i32): bool {
  return (entryOf(fd) & HAUNTED) != 0;
}

/** Makes the pages on the way to a fd; false when memory is at its end. */
export function makeRoomFor(fd: i32): bool {
  assert(fd >= 0, 'a fd is not negative');
  const node = pageOf(root + place(fd >> 20));
  return node != 0 && pageOf(node + place((fd >> 10) & PAGE_MASK)) != 0;
}

/** Enters or, with NIL, clears a fd for which there is room. */
export function setSlotOf(fd: i32, slot: u32): void {
  const entry = addressOf(fd);
  assert(entry != 0, 'room was made');
  store<u32>(entry, slot | (load<u32>(entry) & HAUNTED));
}

/** From now on the number may name an earlier file. For a fd that has or had a slot. */
export function haunt(fd: i32): void {
  const entry = addressOf(fd);
  if (entry == 0) return;
  store<u32>(entry, load<u32>(entry) | HAUNTED);
  haunted = true;
}

/** Takes back what `haunt` said, of all numbers. */
export function calmAll(): void {
  if (!haunted) return;
  haunted = false;
  for (let high = 0; high < ROOT_ENTRIES; high++) {
    const node = load<usize>(root + place(high));
    if (node == 0) continue;
    for (let middle = 0; middle < PAGE_ENTRIES; middle++) {
      const leaf = load<usize>(node + place(middle));
      if (leaf != 0) calmLeaf(leaf);
    }
  }
}

function calmLeaf(leaf: usize): void {
  for (let low = 0; low < PAGE_ENTRIES; low++) {
    const entry = leaf + place(low);
    store<u32>(entry, load<u32>(entry) & ~HAUNTED);
  }
}

function entryOf(fd: i32): u32 {
  const entry = addressOf(fd);
  return entry == 0 ? NIL : load<u32>(entry);
}

/** Where a fd's entry stands, or 0 when there is no page for it. */
function addressOf(fd: i32): usize {
  assert(fd >= 0, 'a fd is not negative');
  const node = load<usize>(root + place(fd >> 20));
  if (node == 0) return 0;
  const leaf = load<usize>(node + place((fd >> 10) & PAGE_MASK));
  return leaf == 0 ? 0 : leaf + place(fd & PAGE_MASK);
}

function place(index: i32): usize {
  return <usize>index * sizeof<u32>();
}

function pageOf(entry: usize): usize {
  let page = load<usize>(entry);
  if (page == 0) {
    page = reserve(<usize>PAGE_ENTRIES * sizeof<usize>());
    store<usize>(entry, page);
  }
  return page;
}
