import {
  checkOptions,
  invalidType,
  outOfRange,
  type Part,
  systemError,
} from '../contract/index.js';
import {
  CLOCKS,
  createTimerFd,
  EAGAIN,
  read,
  setTimer,
  TFD_TIMER_ABSTIME,
  timeLeft,
} from '../sys/index.js';
import { OwnedFd } from './owned-fd.js';

/** Nanoseconds that a time_t of 64 bits and its fraction can hold. */
const NANOSECONDS_MAX = 2n ** 63n - 1n;

/**
 * When a timer fires, in nanoseconds, each 1 to 2⁶³−1; fractions are rounded. One of `afterNs` and
 * `atNs`, or `everyNs` alone.
 */
export interface TimerFdSetting {
  /** So long from now; more than zero. */
  afterNs?: number | bigint;
  /** At this time of the timer's clock. What is past fires at once. */
  atNs?: number | bigint;
  /** And then again at this interval, without drift. By itself it is the first delay too. */
  everyNs?: number | bigint;
}

const SETTING = { afterNs: true, atNs: true, everyNs: true } as const;

/**
 * A timerfd(2): readable once it has expired. Non-blocking, closed on exec.
 *
 * @example
 * using timer = new TimerFd();
 * timer.set({ everyNs: 50e6 }); // every 50 ms
 * timer.set({ afterNs: 1e9, everyNs: 50e6 }); // the first in a second
 */
export class TimerFd extends OwnedFd {
  readonly #expirations = new BigUint64Array(1);
  readonly #bytes = new Uint8Array(this.#expirations.buffer);

  /**
   * timerfd_create(2). `clock`: 'monotonic', the default, which no change of the date disturbs;
   * 'realtime', nanoseconds since 1970; or 'boottime', which goes on while the machine sleeps.
   *
   * @throws RangeError; EMFILE, …
   */
  constructor(options: { clock?: keyof typeof CLOCKS } = {}) {
    checkOptions('a TimerFd', options, { clock: true });
    const clock = options.clock ?? 'monotonic';
    if (!Object.hasOwn(CLOCKS, clock)) {
      throw outOfRange('clock', `one of ${Object.keys(CLOCKS).join(', ')}`, clock);
    }
    super(() => createTimerFd(CLOCKS[clock]), 'timerfd_create');
  }

  /** timerfd_settime(2): replaces whatever was set. @throws RangeError, TypeError, ERR_CLOSED */
  set(setting: TimerFdSetting): void {
    const { afterNs, atNs, everyNs } = checkOptions('set', setting, SETTING);
    if (afterNs !== undefined && atNs !== undefined) {
      throw invalidType('The setting', 'either `afterNs` or `atNs`', 'both');
    }
    const interval = everyNs === undefined ? 0n : checkNs('everyNs', everyNs);
    const first =
      atNs !== undefined ? checkNs('atNs', atNs) : checkNs('afterNs', afterNs ?? everyNs);
    this.#settime(atNs === undefined ? 0 : TFD_TIMER_ABSTIME, first, interval);
  }

  /** Disarms it. What had expired and was not read is forgotten. */
  clear(): void {
    this.#settime(0, 0n, 0n);
  }

  /** read(2): expirations since the last read, or null when there were none. @throws ERR_CLOSED */
  read(): bigint | null {
    const result = read(this.open, this.#bytes);
    if (result === -EAGAIN) return null;
    if (result < 0) throw systemError(result, 'read', this.fd);
    return this.#expirations[0]!;
  }

  /** timerfd_gettime(2): nanoseconds to the next expiration, 0 when not set. @throws ERR_CLOSED */
  remainingNs(): bigint {
    const left = timeLeft(this.open);
    if (typeof left === 'number') throw systemError(left, 'timerfd_gettime', this.fd);
    return left;
  }

  protected override details(): readonly Part[] {
    if (this.closed) return [];
    const left = this.remainingNs();
    return [left === 0n ? 'not set' : `due in ${Number(left) / 1e6} ms`];
  }

  #settime(flags: number, first: bigint, interval: bigint): void {
    const result = setTimer(this.open, flags, first, interval);
    if (result < 0) throw systemError(result, 'timerfd_settime', this.fd);
  }
}

function checkNs(name: string, value: unknown): bigint {
  if (typeof value !== 'bigint' && typeof value !== 'number') {
    throw invalidType(name, 'nanoseconds, as a number or a bigint', value);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw outOfRange(name, 'a finite number of nanoseconds', value);
  }
  const nanoseconds = typeof value === 'bigint' ? value : BigInt(Math.round(value));
  if (nanoseconds <= 0n || nanoseconds > NANOSECONDS_MAX) {
    throw outOfRange(name, '1 to 2⁶³−1 nanoseconds (use `clear` to disarm)', value);
  }
  return nanoseconds;
}
