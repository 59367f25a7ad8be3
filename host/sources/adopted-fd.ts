import { closeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { fdOf, type Place, systemError } from '../contract/index.js';
import {
  close,
  closesOnExec,
  duplicate,
  isNonBlocking,
  letGoOf,
  openFile,
  setCloseOnExec,
  setNonBlocking,
} from '../sys/index.js';
import { readBytes, withoutWaiting, writeBytes } from './bytes.js';
import { openFlags } from './open-flags.js';
import { OwnedFd } from './owned-fd.js';
import { checkPath } from './paths.js';

/** A file as it was found: what all the fds of it that were adopted or made here share. */
interface SharedFile {
  owners: number;
  /** Whether it was blocking, and is to be so again. */
  readonly wasBlocking: boolean;
}

/** Where the fd of an `AdoptedFd` comes from, when it isn't the caller's. */
interface Origin {
  readonly make: () => number;
  readonly syscall: string;
  readonly file: SharedFile;
  readonly place?: Place;
}

/**
 * A fd that came from elsewhere, such as a device, a terminal or a tunnel: owned from now on, so
 * nobody else may close it. Its file is non-blocking while it is owned, which all who share that
 * file feel, another process at the same terminal too; `close` and `release` make it again what it
 * was. Where somebody makes it blocking meanwhile, `read` and `write` still don't wait.
 *
 * For a path use `open`. In a worker, Node closes at the worker's end what `fs.openSync` gave, by
 * its number: there a fd that is adopted is closed by way of Node, which may warn of one that it
 * doesn't know.
 *
 * @example
 * using tty = AdoptedFd.open('/dev/ttyUSB0');
 * const buffer = Buffer.alloc(4096);
 * for await (const events of manager.watch(tty, EventSet.IN)) {
 *   const length = tty.read(buffer); // null when there is nothing to read
 * }
 */
export class AdoptedFd extends OwnedFd {
  readonly #file: SharedFile;
  /** Whether it was closed on exec; undefined for one that was made here. */
  readonly #closedOnExec: boolean | undefined;

  /**
   * fcntl(2). When it throws, the fd is as it was, and still the caller's.
   *
   * @throws RangeError, TypeError; EBADF for a fd that isn't open
   */
  constructor(fd: number);
  /** @internal */
  constructor(fd: undefined, origin: Origin);
  constructor(fd?: number, origin?: Origin) {
    super(origin?.make ?? fdOf(fd as number), origin?.syscall ?? 'adopted', origin?.place);
    try {
      const found = origin ? undefined : take(this.open);
      this.#file = origin?.file ?? { owners: 0, wasBlocking: found?.wasBlocking ?? false };
      this.#closedOnExec = found?.closedOnExec;
    } catch (error) {
      this.disown();
      throw error;
    }
    this.#file.owners += 1;
  }

  /**
   * open(2): a device, a terminal, a fifo, by its path. Non-blocking, closed on exec; a terminal
   * doesn't become the controlling one, whose hang-up would end the process.
   *
   * @param flags as of `fs.openSync`: 'r', 'r+' (the default), 'w', 'a', …, or numbers of
   * `fs.constants`; what is created has mode 0o666, less the umask
   * @throws TypeError, RangeError; ENOENT, EACCES, EBUSY, …; ENXIO for a fifo that is
   * opened to write and has no reader
   * @example
   * using gpio = AdoptedFd.open('/sys/class/gpio/gpio17/value', 'r');
   */
  static open(path: string, flags: string | number = 'r+'): AdoptedFd {
    checkPath(path);
    const number = openFlags(flags);
    const file = { owners: 0, wasBlocking: false };
    const make = () => openFile(path, number);
    return new AdoptedFd(undefined, { make, syscall: 'open', file, place: { path } });
  }

  /**
   * read(2): bytes read, 0 at the end, null when there is nothing to read yet.
   *
   * @throws TypeError; EIO for a device that is gone, …; ERR_CLOSED
   */
  read(into: Uint8Array): number | null {
    const fd = this.open;
    return withoutWaiting(fd, () => readBytes(fd, into));
  }

  /**
   * write(2): bytes taken, which may be fewer than given; null when it takes none now. A string is
   * written as UTF-8.
   *
   * @throws TypeError; EPIPE, EIO, …; ERR_CLOSED
   */
  write(from: Uint8Array | string): number | null {
    const fd = this.open;
    return withoutWaiting(fd, () => writeBytes(fd, from));
  }

  /**
   * Another fd of the same file, to be closed by itself: fcntl(2), F_DUPFD_CLOEXEC.
   *
   * @throws EMFILE, ERR_CLOSED
   */
  dup(): AdoptedFd {
    const fd = this.open;
    const make = () => duplicate(fd);
    return new AdoptedFd(undefined, { make, syscall: 'fcntl', file: this.#file });
  }

  /**
   * Gives the fd back: the number, open, blocking and closed on exec or not as it was found, and
   * the caller's from now on. What watches this object ends. While a `dup` is open, the file stays
   * non-blocking. -1 once it is closed.
   */
  release(): number {
    const { fd } = this;
    if (fd < 0) return fd;
    try {
      this.endWatching();
    } finally {
      this.#restore(fd);
      if (this.#closedOnExec === false) setCloseOnExec(fd, false);
      this.disown();
      letGoOf(fd);
    }
    return fd;
  }

  protected override closeFd(fd: number): void {
    this.#restore(fd);
    const nodeMayKnow = this.#closedOnExec !== undefined && !isMainThread;
    if (nodeMayKnow) closeByNode(fd);
    else close(fd);
  }

  #restore(fd: number): void {
    this.#file.owners -= 1;
    if (this.#file.owners === 0 && this.#file.wasBlocking) setNonBlocking(fd, false);
  }
}

/** Makes a fd non-blocking and closed on exec: what it was before. */
function take(fd: number): { wasBlocking: boolean; closedOnExec: boolean } {
  const nonBlocking = isNonBlocking(fd);
  const closedOnExec = closesOnExec(fd);
  if (typeof nonBlocking === 'number') throw systemError(nonBlocking, 'fcntl', fd);
  if (typeof closedOnExec === 'number') throw systemError(closedOnExec, 'fcntl', fd);
  const result = closedOnExec ? 0 : setCloseOnExec(fd, true);
  if (result < 0) throw systemError(result, 'fcntl', fd);
  const status = nonBlocking ? 0 : setNonBlocking(fd, true);
  if (status < 0) {
    if (!closedOnExec) setCloseOnExec(fd, false);
    throw systemError(status, 'fcntl', fd);
  }
  return { wasBlocking: !nonBlocking, closedOnExec };
}

/** close(2), after which Node won't close the number again at the end of a worker. */
function closeByNode(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // As by `close`: who had closed it before us has done what was asked for.
  }
}
