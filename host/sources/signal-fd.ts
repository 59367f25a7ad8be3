import { EventManagerError, type Part, systemError } from '../contract/index.js';
import {
  assertCallable,
  blockedByThread,
  createSignalFd,
  currentThread,
  EAGAIN,
  maskOf,
  read,
  setBlocked,
} from '../sys/index.js';
import { OwnedFd } from './owned-fd.js';
import { type SignalName, signalName, signalNumbers } from './signals.js';

/** struct signalfd_siginfo: signo u32, errno i32, code i32, pid u32, uid u32, fd i32, …, status. */
const INFO_SIZE = 128;
const AT_PID = 12;
const AT_UID = 16;
const AT_STATUS = 40;

/** A signal that was sent. */
export interface SignalInfo {
  readonly signal: string;
  readonly number: number;
  /** Who sent it; 0 for the kernel. */
  readonly pid: number;
  readonly uid: number;
  /** For SIGCHLD: the exit status or signal of the child. */
  readonly status: number;
}

/**
 * A signalfd(2): signals as events, with their sender. Non-blocking, closed on exec.
 *
 * **What Node allows.** The kernel gives a signal to a signalfd only if every thread blocks that
 * signal. A thread that does not block it takes it in the usual way, which mostly ends the process.
 * Node starts its threads before your code, and they block SIGUSR1 only. Loading an ES module
 * starts the threads of Node's pool, and these block SIGUSR1 only if the main thread did so before.
 * Therefore one case works: SIGUSR1, in a CommonJS program (or `--require`) that makes the SignalFd
 * before anything else. In every other case the constructor throws: use `SignalRelay`.
 *
 * @example
 * using usr1 = new SignalFd(['SIGUSR1']);
 * usr1.read(); // null, or { signal: 'SIGUSR1', pid: 4711, … }
 */
export class SignalFd extends OwnedFd {
  readonly signals: readonly string[];
  /** What this one blocked in its thread, to be undone by `close`. */
  readonly #blocked: bigint;
  readonly #info = Buffer.alloc(INFO_SIZE);

  /**
   * signalfd(2), and pthread_sigmask(3) for the calling thread. Signals by name or number, 1 to 64.
   *
   * @throws ERR_SIGNAL_NOT_BLOCKED, TypeError, RangeError; ERR_UNSUPPORTED_PLATFORM; EMFILE, …
   */
  constructor(signals: Iterable<SignalName | number>) {
    const numbers = signalNumbers(signals);
    assertCallable();
    const mask = maskOf(numbers);
    const before = blockedByThread(mask);
    const here = before.find(({ thread }) => thread === currentThread())?.blocked ?? 0n;
    assertBlocked(
      mask,
      before.filter(({ thread }) => thread !== currentThread()),
    );
    const names = numbers.map(signalName);
    super(() => createSignalFd(mask), 'signalfd');
    this.signals = names;
    this.#blocked = mask & ~here;
    setBlocked(this.#blocked, true);
  }

  /**
   * read(2): the next signal, or null when there is none. Equal ones merge while they wait.
   *
   * @throws ERR_CLOSED
   */
  read(): SignalInfo | null {
    const result = read(this.open, this.#info);
    if (result === -EAGAIN) return null;
    if (result < 0) throw systemError(result, 'read', this.fd);
    const number = this.#info.readUInt32LE(0);
    return {
      signal: signalName(number),
      number,
      pid: this.#info.readUInt32LE(AT_PID),
      uid: this.#info.readUInt32LE(AT_UID),
      status: this.#info.readInt32LE(AT_STATUS),
    };
  }

  protected override details(): readonly Part[] {
    return [this.signals.join(', ')];
  }

  /** Closes it, forgets what was not read, and unblocks what it had blocked. */
  override close(): void {
    if (this.closed) return;
    // What is pending would come the usual way, once it is unblocked.
    try {
      while (this.read() !== null);
    } finally {
      super.close();
      setBlocked(this.#blocked, false);
    }
  }
}

function assertBlocked(mask: bigint, others: { thread: number; blocked: bigint }[]): void {
  const open = others.filter(({ blocked }) => blocked !== mask);
  if (open.length === 0) return;
  const missed = open.reduce((missing, { blocked }) => missing | (mask & ~blocked), 0n);
  throw new EventManagerError(
    'ERR_SIGNAL_NOT_BLOCKED',
    `${open.length} of Node's threads don't block ${namesOf(missed)}, so that a signalfd would ` +
      'miss it: use a SignalRelay, or see SignalFd for what Node allows',
  );
}

function namesOf(mask: bigint): string {
  const numbers = Array.from({ length: 64 }, (_, i) => i + 1);
  return numbers
    .filter((number) => (mask >> BigInt(number - 1)) & 1n)
    .map(signalName)
    .join(', ');
}
