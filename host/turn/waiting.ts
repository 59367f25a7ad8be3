import { systemError } from '../contract/index.js';
import { EINTR, isOnePiece, pieceOf } from '../sys/index.js';
import type { Table } from '../table/index.js';
import { type ReadyList, STATUS_THROWN } from '../wasm/index.js';

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Fills the ready list, by as many waits as a timeout takes. */
export class Waiting {
  /** epoll_wait(2)s made, and those that a signal has interrupted. */
  waits = 0;
  interrupted = 0;
  readonly #table: Table;
  readonly #ready: ReadyList;
  readonly #retryOnInterrupt: boolean;

  constructor(table: Table, ready: ReadyList, retryOnInterrupt: boolean) {
    this.#table = table;
    this.#ready = ready;
    this.#retryOnInterrupt = retryOnInterrupt;
  }

  /**
   * Until something is ready or the time is up; a negative timeout waits for ever. It ends with
   * nothing, too, where what came was nobody's.
   */
  wait(timeoutMs: number): void {
    const deadline = timeoutMs > 0 ? this.#deadlineOf(timeoutMs) : 0;
    let left = timeoutMs;
    do {
      this.waits += 1;
      const received = this.#ready.fill(pieceOf(left));
      if (received > 0) {
        if (this.#table.levels.used) this.#arrange();
        return;
      }
      left = this.#goOn(received, left, deadline);
    } while (left !== 0);
  }

  #arrange(): void {
    const { levels } = this.#table;
    this.#ready.arrange((subscriber, fd) => levels.of(subscriber, fd));
  }

  /** For a wait that a signal may interrupt, or that takes several pieces. */
  #deadlineOf(timeoutMs: number): number {
    return this.#table.syscalls.clock() + timeoutMs * NANOSECONDS_PER_MILLISECOND;
  }

  /** How long to go on after a wait that has brought nothing: 0 not at all. */
  #goOn(status: number, timeoutMs: number, deadline: number): number {
    if (status === -EINTR) {
      this.interrupted += 1;
      if (this.#endsBySignal()) return 0;
    } else if (status < 0) {
      throw this.#error(status);
    } else if (isOnePiece(timeoutMs) || this.#ready.ghostSeen) {
      return 0;
    }
    if (timeoutMs < 0) return timeoutMs;
    const nanoseconds = deadline - this.#table.syscalls.clock();
    return Math.max(0, nanoseconds / NANOSECONDS_PER_MILLISECOND);
  }

  /** Node 26 interrupts a wait now and then with no signal at all: after `spawnSync`, for one. */
  #endsBySignal(): boolean {
    if (this.#retryOnInterrupt) return false;
    const { syscalls } = this.#table;
    return syscalls.heedsSignals === undefined || syscalls.heedsSignals();
  }

  #error(status: number): unknown {
    if (status === STATUS_THROWN) return this.#table.core.takeThrown();
    return systemError(status, 'epoll_wait', this.#table.epfd);
  }
}
