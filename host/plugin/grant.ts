import {
  beforeClose,
  checkEventSet,
  checkFlag,
  checkOptions,
  EventManagerError,
  EventSet,
  type FdSource,
  fdOf,
  systemError,
} from '../contract/index.js';
import { close, duplicate, isNonBlocking } from '../sys/index.js';

export interface GrantOptions {
  /** Whether the guest may read of it. Default false. */
  read?: boolean;
  /** Whether the guest may write to it. Default false. */
  write?: boolean;
  /** What the guest may watch. Default: IN and READ_HANG_UP to read, OUT to write. */
  interest?: EventSet;
}

/** How a guest may watch a fd, whatever it may watch. */
const MANNERS = EventSet.EDGE_TRIGGERED | EventSet.ONE_SHOT;

/**
 * A guest's right to a fd. The guest knows it by a number of its own, and never sees the fd; the
 * plugin host has a duplicate of it, so that a number which is closed and reused elsewhere is never
 * the guest's. Whoever closes the source revokes the grant, if the source is an object of this
 * library; for a mere number, `revoke` it first: until then the duplicate keeps the file open.
 */
export class Grant implements Disposable {
  readonly name: string;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  /** @internal What the guest may ask for. */
  readonly interest: number;
  readonly #onRevoke: (grant: Grant) => void;
  readonly #forget: () => void;
  #fd: number;

  /** @internal */
  constructor(
    name: string,
    source: FdSource,
    options: GrantOptions,
    onRevoke: (grant: Grant) => void,
  ) {
    checkOptions('a grant', options, { read: true, write: true, interest: true });
    const read = checkFlag('read', options.read);
    const write = checkFlag('write', options.write);
    this.name = name;
    this.mayRead = read;
    this.mayWrite = write;
    this.interest = allowed(options.interest, read, write);
    this.#onRevoke = onRevoke;
    this.#fd = duplicateOf(fdOf(source));
    this.#forget = beforeClose(source, () => this.revoke());
  }

  /** Whether the guest has it still. */
  get active(): boolean {
    return this.#fd >= 0;
  }

  /** @internal The duplicate; -1 once it is revoked. */
  get fd(): number {
    return this.#fd;
  }

  /** Takes it back, at once: the guest is told by an entry, and its handle names nothing. */
  revoke(): void {
    if (this.#fd < 0) return;
    this.#forget();
    this.#onRevoke(this);
    close(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.revoke();
  }
}

function allowed(interest: EventSet | undefined, read: boolean, write: boolean): number {
  const usual = (read ? EventSet.IN | EventSet.READ_HANG_UP : 0) | (write ? EventSet.OUT : 0);
  const set = interest === undefined ? usual : checkEventSet(interest);
  return (set | MANNERS) >>> 0;
}

function duplicateOf(fd: number): number {
  const nonBlocking = isNonBlocking(fd);
  if (typeof nonBlocking === 'number') throw systemError(nonBlocking, 'fcntl', fd);
  if (!nonBlocking) {
    throw new EventManagerError(
      'ERR_BLOCKING_FD',
      `fd ${fd} is blocking: a guest that reads of it could hold up the whole thread. Wrap it ` +
        'in an AdoptedFd, which makes it non-blocking',
      { fd },
    );
  }
  const copy = duplicate(fd);
  if (copy < 0) throw systemError(copy, 'fcntl', fd);
  return copy;
}
