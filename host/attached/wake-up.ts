import { EventSet, systemError } from '../contract/index.js';
import { EAGAIN, type Syscalls } from '../sys/index.js';
import type { Internals } from './internals.js';
import { provided } from './provided.js';

const ONE = new Uint8Array(BigUint64Array.of(1n).buffer);
/** Where what is read goes: nobody looks at it. */
const count = new Uint8Array(ONE.byteLength);

/**
 * A fd by which a part of the library wakes its manager. It is made by the manager's own system
 * calls, watched by the manager, read whenever it fires, and closed with the manager.
 */
abstract class WakeUp {
  protected readonly syscalls: Syscalls;
  #fd = -1;
  #closed = false;

  /**
   * `onClose` is told that the manager is closed; false leaves the fd open, for who uses it. The
   * manager knows of the fd before it is made: so it isn't lost, whatever fails behind that.
   */
  protected constructor(
    internals: Internals,
    make: () => number,
    syscall: string,
    onClose: () => boolean,
  ) {
    const { syscalls } = internals.table;
    this.syscalls = syscalls;
    let mayClose = closeIt;
    const forget = internals.onClose(() => {
      this.#closed = true;
      if (mayClose()) this.#close();
    });
    try {
      const made = make();
      if (made < 0) throw systemError(made, syscall);
      this.#fd = made;
      internals.watchOwn(made, EventSet.IN, () => void syscalls.read(made, count));
      mayClose = onClose;
    } catch (error) {
      this.#close();
      forget();
      throw error;
    }
  }

  get fd(): number {
    return this.#fd;
  }

  /** Whether the manager is closed. */
  get closed(): boolean {
    return this.#closed;
  }

  #close(): void {
    if (this.#fd >= 0) this.syscalls.close(this.#fd);
    this.#fd = -1;
  }
}

/** Wakes its manager at once: eventfd(2). */
export class Bell extends WakeUp {
  /** `user`: the part of the library. @throws ERR_UNSUPPORTED_PLATFORM, EMFILE, … */
  constructor(internals: Internals, user: string, onClose: () => boolean = closeIt) {
    const calls = provided(internals.table.syscalls, user, 'createEventFd');
    super(internals, () => calls.createEventFd(), 'eventfd', onClose);
  }

  /** Does nothing once the manager is closed. */
  ring(): void {
    if (this.closed) return;
    const result = this.syscalls.write(this.fd, ONE);
    // A counter that is full is readable, and the manager awake.
    if (result < 0 && result !== -EAGAIN) throw systemError(result, 'write', this.fd);
  }
}

/** Wakes its manager at a time: timerfd_create(2). */
export class Alarm extends WakeUp {
  readonly #set: (atNs: bigint | undefined) => number;

  /** `user`: the part of the library. @throws ERR_UNSUPPORTED_PLATFORM, EMFILE, … */
  constructor(internals: Internals, user: string) {
    const { syscalls } = internals.table;
    const calls = provided(syscalls, user, 'createTimerFd', 'setTimerFd');
    super(internals, () => calls.createTimerFd(), 'timerfd_create', closeIt);
    this.#set = (atNs) => calls.setTimerFd(this.fd, atNs);
  }

  /**
   * The time to wake at, by the manager's `monotonicNs`: at once where it has passed, never when it
   * is undefined. Does nothing once the manager is closed.
   */
  set(atNs: bigint | undefined): void {
    if (this.closed) return;
    // A timerfd takes no time of zero or below: what is past fires at once, as does 1.
    const result = this.#set(atNs !== undefined && atNs < 1n ? 1n : atNs);
    if (result < 0) throw systemError(result, 'timerfd_settime', this.fd);
  }
}

function closeIt(): boolean {
  return true;
}
