import { addressOf } from '../sys/index.js';

/** A larger buffer is not kept alive for its address. */
const KEPT_MAX_BYTES = 1_048_576;

// What was read last, and is most likely to be written next.
let handedOut: Uint8Array | undefined;
let handedOutAddress = 0;

let last: ArrayBufferLike | undefined;
let lastAddress = 0;

/**
 * Where a view's bytes are. The address of the last buffer is kept, which is what most writes come
 * from: a buffer never moves, and one that was detached has views of length zero.
 */
export function locationOf(bytes: Uint8Array): number {
  if (bytes === handedOut) return handedOutAddress;
  const { buffer } = bytes;
  if (buffer !== last) {
    const address = addressOf(new Uint8Array(buffer));
    if (buffer.byteLength > KEPT_MAX_BYTES) return address + bytes.byteOffset;
    last = buffer;
    lastAddress = address;
  }
  return lastAddress + bytes.byteOffset;
}

/** Takes note of a view that a handler is about to get, and which stays where it is. */
export function handOut(bytes: Uint8Array, address: number): void {
  handedOut = bytes;
  handedOutAddress = address;
}
