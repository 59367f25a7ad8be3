import { fdOf, invalidType, systemError } from '../contract/index.js';
import { EAGAIN, makeNonBlocking, read, write } from '../sys/index.js';
import { OwnedFd } from './owned-fd.js';

/**
 * A fd that came from elsewhere, such as a device, a terminal or a tunnel: owned from now on, so
 * nobody else may close it. It is made non-blocking, which all who share its file feel, another
 * process at the same terminal too, and closed on exec.
 *
 * @example
 * using tty = new AdoptedFd(openSync('/dev/ttyUSB0', 'r+'));
 * const length = tty.read(buffer);
 */
export class AdoptedFd extends OwnedFd {
  /** fcntl(2). @throws RangeError, TypeError; ERR_SYSTEM with EBADF for a fd that isn't open */
  constructor(fd: number) {
    const result = makeNonBlocking(fdOf(fd));
    if (result < 0) throw systemError(result, 'fcntl', fd);
    super(fd, 'adopted');
  }

  /** read(2): bytes read, 0 at the end, null when there is nothing to read yet. */
  read(into: Uint8Array): number | null {
    return this.#settle(read(this.open, checkBytes(into)), 'read');
  }

  /** write(2): bytes taken, which may be fewer than given; null when it takes none now. */
  write(from: Uint8Array): number | null {
    return this.#settle(write(this.open, checkBytes(from)), 'write');
  }

  #settle(result: number, syscall: string): number | null {
    if (result === -EAGAIN) return null;
    if (result < 0) throw systemError(result, syscall, this.fd);
    return result;
  }
}

function checkBytes(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalidType('The bytes', 'a Uint8Array', bytes);
  return bytes;
}
