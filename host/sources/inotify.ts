import { checkCount, invalidType, outOfRange, type Part, systemError } from '../contract/index.js';
import { addWatch, createInotify, EAGAIN, EINVAL, read, removeWatch } from '../sys/index.js';
import { InotifyMask, KNOWN_INOTIFY_FLAGS } from './inotify-mask.js';
import { OwnedFd } from './owned-fd.js';
import { checkPath } from './paths.js';

/**
 * struct inotify_event, followed by `length` bytes of name, padded with zeros:
 *
 *     0 watch i32 | 4 mask u32 | 8 cookie u32 | 12 length u32 | 16 name
 */
const AT_MASK = 4;
const AT_COOKIE = 8;
const AT_LENGTH = 12;
const HEADER_SIZE = 16;
const BUFFER_SIZE = 65_536;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;

/** Of this thread; nobody else gets to see it. */
let buffer: Buffer | undefined;

/** One change. */
export interface InotifyEvent {
  /** The descriptor that `watch` gave; -1 for OVERFLOW. */
  readonly watch: number;
  /** The path that was given to `watch`; undefined for OVERFLOW. */
  readonly path: string | undefined;
  /** The entry of a watched folder that changed; undefined when it was `path` itself. */
  readonly name: string | undefined;
  /** What happened: see `InotifyMask`, and its `format`. */
  readonly mask: number;
  /** The same for the two halves of a rename, MOVED_FROM and MOVED_TO; else 0. */
  readonly cookie: number;
  /** Events were lost, because nobody read in time: look at the files themselves. */
  readonly overflow: boolean;
}

/**
 * An inotify(7) instance: readable when a watched file or folder has changed. Non-blocking,
 * closed on exec. Each thread reads into a buffer of its own, made on first use.
 *
 * @example
 * using inotify = new Inotify();
 * inotify.watch('/etc', InotifyMask.CLOSE_WRITE | InotifyMask.MOVED_TO);
 * interest().read().withFd(inotify).withHandler(({ source }) => {
 *   for (const { path, name, mask } of source.read() ?? []) {
 *     console.log(path, name, InotifyMask.format(mask));
 *   }
 * }).registerInto(manager);
 */
export class Inotify extends OwnedFd {
  readonly #paths = new Map<number, string>();

  /** inotify_init1(2). @throws EMFILE: see /proc/sys/fs/inotify/max_user_instances */
  constructor() {
    super(() => createInotify(), 'inotify_init1');
  }

  /**
   * inotify_add_watch(2): watches a file, or a folder with its entries, but not the folders in it.
   * The same file watched again gives the same number, and replaces the mask unless MASK_ADD.
   *
   * @param mask flags of `InotifyMask`, of which one at least is an event
   * @returns the watch descriptor, as in `InotifyEvent.watch`
   * @throws TypeError, RangeError, ERR_CLOSED; ENOENT, EACCES; ENOSPC: see
   * /proc/sys/fs/inotify/max_user_watches
   */
  watch(path: string, mask: number = InotifyMask.ALL_EVENTS): number {
    const watch = addWatch(this.open, checkPath(path), checkMask(mask));
    if (watch < 0) throw systemError(watch, 'inotify_add_watch', this.fd, { path });
    this.#paths.set(watch, path);
    return watch;
  }

  /**
   * inotify_rm_watch(2). What was queued is still read, and IGNORED behind it. Does nothing for a
   * watch that has ended, as of a file that is gone.
   *
   * @throws TypeError, RangeError, ERR_CLOSED
   */
  unwatch(watch: number): void {
    checkCount('The watch', watch, 0, INT32_MAX);
    const result = removeWatch(this.open, watch);
    // EINVAL: the file is gone, or its watch was ended by someone. What was asked for.
    if (result < 0 && result !== -EINVAL) {
      throw systemError(result, 'inotify_rm_watch', this.fd);
    }
  }

  /** The paths watched, by descriptor. */
  get watches(): ReadonlyMap<number, string> {
    return this.#paths;
  }

  /**
   * read(2): the changes since the last read, in order, at most 64 KiB of them; null for none.
   *
   * @throws ERR_CLOSED
   */
  read(): InotifyEvent[] | null {
    const fd = this.open;
    buffer ??= Buffer.alloc(BUFFER_SIZE);
    const length = read(fd, buffer);
    if (length === -EAGAIN) return null;
    if (length < 0) throw systemError(length, 'read', fd);
    const events: InotifyEvent[] = [];
    for (let at = 0; at < length; at += HEADER_SIZE + buffer.readUInt32LE(at + AT_LENGTH)) {
      events.push(this.#decode(buffer, at));
    }
    return events;
  }

  protected override details(): readonly Part[] {
    return [`watches: ${this.#paths.size}`];
  }

  #decode(bytes: Buffer, at: number): InotifyEvent {
    const watch = bytes.readInt32LE(at);
    const mask = bytes.readUInt32LE(at + AT_MASK);
    const length = bytes.readUInt32LE(at + AT_LENGTH);
    const start = at + HEADER_SIZE;
    const end = length === 0 ? start : bytes.indexOf(0, start);
    const path = this.#paths.get(watch);
    if ((mask & InotifyMask.IGNORED) !== 0) this.#paths.delete(watch);
    return {
      watch,
      path,
      name: length === 0 ? undefined : bytes.toString('utf8', start, end),
      mask,
      cookie: bytes.readUInt32LE(at + AT_COOKIE),
      overflow: (mask & InotifyMask.OVERFLOW) !== 0,
    };
  }
}

/** Flags, unsigned: an expression with ONE_SHOT is negative in JavaScript. */
function checkMask(mask: unknown): number {
  if (typeof mask !== 'number') throw invalidType('The mask', 'a number', mask);
  const unsigned = mask >>> 0;
  const known = (unsigned & ~KNOWN_INOTIFY_FLAGS) === 0;
  if (!Number.isInteger(mask) || mask < INT32_MIN || mask > UINT32_MAX || !known) {
    throw outOfRange('The mask', 'flags of `InotifyMask`', mask);
  }
  if ((unsigned & InotifyMask.ALL_EVENTS) === 0) {
    throw outOfRange('The mask', 'one that has an event, as CLOSE_WRITE is', mask);
  }
  return unsigned;
}
