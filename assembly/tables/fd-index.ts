import { NIL } from '../abi';
import { reserve } from '../memory';

/**
 * From a fd to its registration: a table of three levels, 11 + 10 + 10 bits. The kernel hands
 * out low numbers first, so that one leaf serves the first thousand fds, and a stray high
 * number costs two pages of 4 KiB.
 */
const ROOT_ENTRIES: usize = 1 << 11;
const NODE_ENTRIES: usize = 1 << 10;
const NODE_MASK: i32 = (1 << 10) - 1;

let root: usize = 0;

export function initializeFdIndex(): bool {
  root = reserve(ROOT_ENTRIES * sizeof<usize>());
  return root != 0;
}

/** The slot that watches a fd, or NIL. */
export function slotOf(fd: i32): u32 {
  assert(fd >= 0, 'a fd is not negative');
  const node = load<usize>(root + child(fd >> 20));
  if (node == 0) return NIL;
  const leaf = load<usize>(node + child((fd >> 10) & NODE_MASK));
  if (leaf == 0) return NIL;
  return load<u32>(leaf + child(fd & NODE_MASK));
}

/** Makes the pages on the way to a fd; false when memory is at its end. */
export function makeRoomFor(fd: i32): bool {
  assert(fd >= 0, 'a fd is not negative');
  const node = childOf(root + child(fd >> 20));
  return node != 0 && childOf(node + child((fd >> 10) & NODE_MASK)) != 0;
}

/** Enters or, with NIL, clears a fd for which there is room. */
export function setSlotOf(fd: i32, slot: u32): void {
  const node = load<usize>(root + child(fd >> 20));
  const leaf = load<usize>(node + child((fd >> 10) & NODE_MASK));
  assert(leaf != 0, 'room was made');
  store<u32>(leaf + child(fd & NODE_MASK), slot);
}

function child(index: i32): usize {
  return <usize>index * sizeof<u32>();
}

function childOf(entry: usize): usize {
  let page = load<usize>(entry);
  if (page == 0) {
    page = reserve(NODE_ENTRIES * sizeof<usize>());
    store<usize>(entry, page);
  }
  return page;
}
