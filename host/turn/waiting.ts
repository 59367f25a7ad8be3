import { systemError } from '../contract/index.js';
import { EINTR } from '../sys/index.js';
import type { Table } from '../table/index.js';
import { type ReadyList, STATUS_THROWN } from '../wasm/index.js';

/** The longest wait that the kernel takes in one piece: 24.8 days, in milliseconds. */
const WAIT_MAX_MS = 2 ** 31 - 1;
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
      const received = this.#ready.fill(Math.min(left, WAIT_MAX_MS));
      if (received > 0) return;
      left = this.#goOn(received, left, deadline);
    } while (left !== 0);
  }

  /** When a wait is to end that may take several pieces. */
  #deadlineOf(timeoutMs: number): number {
    if (timeoutMs <= WAIT_MAX_MS && !this.#retryOnInterrupt) return 0;
    return this.#table.syscalls.clock() + timeoutMs * NANOSECONDS_PER_MILLISECOND;
  }

  /** How long to go on after a wait that has brought nothing: 0 not at all. */
  #goOn(status: number, timeoutMs: number, deadline: number): number {
    if (status === -EINTR) {
      this.interrupted += 1;
      if (!this.#retryOnInterrupt) return 0;
    } else if (status < 0) {
      throw this.#error(status);
    } else if (timeoutMs <= WAIT_MAX_MS) {
      return 0;
    }
    if (timeoutMs < 0) return timeoutMs;
    const nanoseconds = deadline - this.#table.syscalls.clock();
    return Math.max(0, nanoseconds / NANOSECONDS_PER_MILLISECOND);
  }

  #error(status: number): unknown {
    if (status === STATUS_THROWN) return this.#table.core.takeThrown();
    return systemError(status, 'epoll_wait', this.#table.epfd);
  }
}
