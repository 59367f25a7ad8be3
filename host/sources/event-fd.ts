import {
  checkFlag,
  checkOptions,
  fdOf,
  invalidType,
  outOfRange,
  type Part,
  systemError,
} from '../contract/index.js';
import {
  addressOf,
  createEventFd,
  duplicate,
  EAGAIN,
  makeNonBlocking,
  readAt,
  ringEventFd,
  writeAt,
} from '../sys/index.js';
import { OwnedFd } from './owned-fd.js';

/** The most that the counter holds. */
const COUNTER_MAX = 2n ** 64n - 2n;
const INITIAL_MAX = 2n ** 32n - 1n;
const COUNTER_SIZE = 8;

// Eight bytes for the counter, on their way to the kernel or from it: a call ends before the next.
const counter = new BigUint64Array(1);
let counterAddress = 0;

export interface EventFdOptions {
  /** Each read takes one off the counter, rather than all of it. EFD_SEMAPHORE. */
  semaphore?: boolean;
}

/**
 * An eventfd(2): a counter that is readable while it isn't zero. Non-blocking, closed on exec.
 *
 * @example
 * using bell = new EventFd();
 * bell.write();
 * bell.read(); // 1n
 * bell.read(); // null: nothing there
 */
export class EventFd extends OwnedFd {
  readonly semaphore: boolean;

  /**
   * eventfd(2). `initial`: 0 to 2⁶⁴−2; above 2⁵³−1 a bigint.
   *
   * @throws RangeError, TypeError; EMFILE, …
   */
  constructor(initial?: bigint | number, options?: EventFdOptions);
  /** @internal */
  constructor(
    initial: bigint | number,
    options: EventFdOptions,
    source: number | (() => number),
    syscall: string,
  );
  constructor(
    initial: bigint | number = 0,
    options: EventFdOptions = {},
    source?: number | (() => number),
    syscall = 'eventfd',
  ) {
    const value = checkCounter('initial', initial, COUNTER_MAX);
    checkOptions('an EventFd', options, { semaphore: true });
    const semaphore = checkFlag('semaphore', options.semaphore);
    // The system call takes 32 bits; what is more is written.
    const small = value <= INITIAL_MAX ? Number(value) : 0;
    super(source ?? (() => createEventFd(small, semaphore)), syscall);
    this.semaphore = semaphore;
    if (value > INITIAL_MAX) this.#begin(value);
  }

  /**
   * Takes over an eventfd from elsewhere: it is closed with this. It is made non-blocking, for all
   * who share its counter.
   *
   * @throws RangeError, TypeError; EBADF for a fd that isn't open
   * @example
   * using bell = EventFd.adopt(addon.eventFd());
   */
  static adopt(fd: number, options: EventFdOptions = {}): EventFd {
    checkOptions('an EventFd', options, { semaphore: true });
    checkFlag('semaphore', options.semaphore);
    const result = makeNonBlocking(fdOf(fd));
    if (result < 0) throw systemError(result, 'fcntl', fd);
    return new EventFd(0, options, fd, 'adopted');
  }

  /** read(2): the counter, which is then 0 (or one less), or null for 0. @throws ERR_CLOSED */
  read(): bigint | null {
    const result = readAt(this.open, address(), COUNTER_SIZE);
    if (result === -EAGAIN) return null;
    if (result < 0) throw systemError(result, 'read', this.fd);
    return counter[0]!;
  }

  /**
   * write(2): adds to the counter, 0 to 2⁶⁴−2; by 0 nothing becomes ready.
   *
   * @throws EAGAIN when the counter would pass its maximum: it is readable anyway;
   * RangeError, TypeError, ERR_CLOSED
   */
  write(value: bigint | number = 1): void {
    const result = value === 1 ? ringEventFd(this.open) : this.#add(value);
    if (result < 0) throw systemError(result, 'write', this.fd);
  }

  /**
   * Another fd of the same counter: fcntl(2), F_DUPFD_CLOEXEC. Each is closed by itself.
   *
   * @throws EMFILE, ERR_CLOSED
   */
  clone(): EventFd {
    const fd = this.open;
    return new EventFd(0, { semaphore: this.semaphore }, () => duplicate(fd), 'fcntl');
  }

  #add(value: bigint | number): number {
    counter[0] = checkCounter('value', value, COUNTER_MAX);
    return writeAt(this.open, address(), COUNTER_SIZE);
  }

  protected override details(): readonly Part[] {
    return [this.semaphore && 'semaphore'];
  }

  #begin(value: bigint): void {
    try {
      this.write(value);
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

function address(): number {
  counterAddress ||= addressOf(counter);
  return counterAddress;
}

function checkCounter(name: string, value: unknown, maximum: bigint): bigint {
  if (typeof value !== 'bigint' && typeof value !== 'number') {
    throw invalidType(name, 'a bigint or a number', value);
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw outOfRange(name, 'an integer; above 2⁵³−1, a bigint', value);
  }
  const counted = BigInt(value);
  if (counted < 0n || counted > maximum) {
    throw outOfRange(name, `an integer from 0 to ${maximum}`, value);
  }
  return counted;
}
