import { EPOLLIN, EPOLLOUT } from '../../assembly/abi.js';
import { EAGAIN, EINVAL } from '../sys/index.js';
import { SimulatedFile } from './simulated-file.js';
import { NEVER, type SimulatedTime } from './simulated-time.js';

const COUNTER_SIZE = 8;
const COUNTER_MAX = 2n ** 64n - 2n;

/** eventfd(2), non-blocking. */
export class SimulatedEventFd extends SimulatedFile {
  #counter: bigint;
  readonly #semaphore: boolean;

  constructor(initial: bigint, semaphore: boolean) {
    super();
    this.#counter = initial;
    this.#semaphore = semaphore;
  }

  poll(): number {
    const readable = this.#counter > 0n ? EPOLLIN : 0;
    return this.#counter < COUNTER_MAX ? readable | EPOLLOUT : readable;
  }

  override get unread(): number {
    return Number(this.#counter);
  }

  override read(into: Uint8Array): number {
    if (into.byteLength < COUNTER_SIZE) return -EINVAL;
    if (this.#counter === 0n) return -EAGAIN;
    const taken = this.#semaphore ? 1n : this.#counter;
    this.#counter -= taken;
    putCounter(into, taken);
    this.wake(EPOLLOUT);
    return COUNTER_SIZE;
  }

  override write(from: Uint8Array): number {
    // Linux 6.6 and later: before, more than eight bytes would do.
    if (from.byteLength !== COUNTER_SIZE) return -EINVAL;
    const value = getCounter(from);
    if (value > COUNTER_MAX) return -EINVAL;
    if (this.#counter + value > COUNTER_MAX) return -EAGAIN;
    this.#counter += value;
    this.wake(EPOLLIN);
    return COUNTER_SIZE;
  }
}

/**
 * timerfd_create(2), non-blocking, on the kernel's virtual clock. A periodic timer tells nobody of
 * further expirations until the first was read: Linux counts them when it is asked.
 */
export class SimulatedTimerFd extends SimulatedFile {
  /** When it is to tell that it expired, in nanoseconds; `NEVER` when it has nothing to. */
  expiresNs = NEVER;
  #intervalNs = 0n;
  /** The first expiration that was not read. */
  #unreadNs = NEVER;
  readonly #time: SimulatedTime;

  constructor(time: SimulatedTime) {
    super();
    this.#time = time;
    time.addTimer(this);
  }

  override release(): void {
    this.#time.removeTimer(this);
  }

  poll(): number {
    return this.#unreadNs <= this.#time.now ? EPOLLIN : 0;
  }

  /** timerfd_settime(2), with the first expiration as a time of the clock. One past is due now. */
  set(expiresNs: bigint, intervalNs: bigint): void {
    this.expiresNs = expiresNs;
    this.#intervalNs = intervalNs;
    this.#unreadNs = NEVER;
    if (expiresNs <= this.#time.now) this.expire();
  }

  /** Its time has come. */
  expire(): void {
    this.#unreadNs = this.expiresNs;
    this.expiresNs = NEVER;
    this.wake(EPOLLIN);
  }

  override read(into: Uint8Array): number {
    if (into.byteLength < COUNTER_SIZE) return -EINVAL;
    if (this.poll() === 0) return -EAGAIN;
    let count = 1n;
    if (this.#intervalNs > 0n) {
      count += (this.#time.now - this.#unreadNs) / this.#intervalNs;
      this.expiresNs = this.#unreadNs + count * this.#intervalNs;
    }
    this.#unreadNs = NEVER;
    putCounter(into, count);
    return COUNTER_SIZE;
  }
}

function getCounter(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

function putCounter(bytes: Uint8Array, value: bigint): void {
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, value, true);
}
