import { invalidType, systemError } from '../contract/index.js';
import { EAGAIN, isNonBlocking, read, setNonBlocking, write } from '../sys/index.js';

/** read(2): bytes read, 0 at the end, null when there is nothing to read yet. */
export function readBytes(fd: number, into: Uint8Array): number | null {
  if (!(into instanceof Uint8Array)) throw invalidType('The bytes', 'a Uint8Array', into);
  return settle(read(fd, into), 'read', fd);
}

/** write(2): bytes taken, which may be fewer than given; null when it takes none now. */
export function writeBytes(fd: number, from: Uint8Array | string): number | null {
  const bytes = typeof from === 'string' ? Buffer.from(from) : from;
  if (!(bytes instanceof Uint8Array)) {
    throw invalidType('The bytes', 'a Uint8Array or a string', from);
  }
  return settle(write(fd, bytes), 'write', fd);
}

/**
 * Makes a call on a fd that must not wait, also where somebody who shares its file has made that
 * blocking: it is non-blocking for the length of the call.
 */
export function withoutWaiting<T>(fd: number, call: () => T): T {
  if (isNonBlocking(fd) !== false) return call();
  const status = setNonBlocking(fd, true);
  if (status < 0) throw systemError(status, 'fcntl', fd);
  try {
    return call();
  } finally {
    setNonBlocking(fd, false);
  }
}

function settle(result: number, syscall: string, fd: number): number | null {
  if (result === -EAGAIN) return null;
  if (result < 0) throw systemError(result, syscall, fd);
  return result;
}
