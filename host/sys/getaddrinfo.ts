import { addressOf } from './backend.js';
import { libc } from './calls.js';
import { decodeInternet, NAME_MAX } from './sockaddr.js';
import { SOCK_STREAM } from './socket.js';

/**
 * struct addrinfo, on machines of 64 bits:
 *
 *     0 flags i32 | 4 family i32 | 8 socktype i32 | 12 protocol i32
 *     16 addrlen u32 | 24 addr * | 32 canonname * | 40 next *
 */
const INFO_SIZE = 48;
const AT_SOCKTYPE = 8;
const AT_NAME_LENGTH = 16;
const AT_NAME = 24;
const AT_NEXT = 40;
/** A reply is a list; nobody has so many addresses. */
const ADDRESSES_MAX = 256;

/** The EAI_ codes of netdb.h that a lookup of a name can end with. */
const FAILURES: Record<number, string> = {
  [-2]: 'EAI_NONAME: the name is not known',
  [-3]: 'EAI_AGAIN: the name server did not answer, for now',
  [-4]: 'EAI_FAIL: the name server failed',
  [-5]: 'EAI_NODATA: the name has no address',
  [-10]: 'EAI_MEMORY: out of memory',
  [-11]: 'EAI_SYSTEM: a system call failed',
};

/** getaddrinfo(3), which blocks: numeric addresses, in the order to try them, or what failed. */
export function lookUp(host: string): string[] | string {
  const name = Buffer.from(`${host}\0`);
  const hints = Buffer.alloc(INFO_SIZE);
  hints.writeInt32LE(SOCK_STREAM, AT_SOCKTYPE);
  const result = new BigUint64Array(1);
  const status = libc.getaddrinfo(addressOf(name), 0, addressOf(hints), addressOf(result));
  if (status !== 0) return FAILURES[status] ?? `getaddrinfo answered ${status}`;
  const first = Number(result[0]);
  try {
    return addressesOf(first);
  } finally {
    libc.freeaddrinfo(first);
  }
}

/** Walks the list, copying each of its records out of the C library's memory. */
function addressesOf(first: number): string[] {
  const info = Buffer.alloc(INFO_SIZE);
  const name = Buffer.alloc(NAME_MAX);
  const found = new Set<string>();
  let at = first;
  for (let i = 0; at !== 0 && i < ADDRESSES_MAX; i += 1) {
    libc.memcpy(addressOf(info), at, INFO_SIZE);
    const length = info.readUInt32LE(AT_NAME_LENGTH);
    libc.memcpy(addressOf(name), Number(info.readBigUInt64LE(AT_NAME)), Math.min(length, NAME_MAX));
    const { address, scope } = decodeInternet(name);
    found.add(scope === 0 ? address : `${address}%${scope}`);
    at = Number(info.readBigUInt64LE(AT_NEXT));
  }
  return [...found];
}
