import { inspect } from 'node:util';
import { EventManagerError, EventSet, printed, systemError } from '../contract/index.js';
import {
  createEventFd,
  EAGAIN,
  forget,
  GATE_WORDS,
  Gate,
  type Lease,
  resetEventFd,
  ringEventFd,
  watchOver,
} from '../sys/index.js';
import { type EpollSet, kernel } from './epoll-set.js';
import type { Registry } from './registry.js';
import type { Token } from './token.js';

const GATE = 0;
const FD = GATE_WORDS;
const WORDS = FD + 1;
const PROTOCOL = 'wasm-event-manager/waker 2';

/** Stands for a waker in a message: any number of clones mean the same one. */
export interface SharedWaker {
  readonly protocol: string;
  readonly state: SharedArrayBuffer;
}

/**
 * Ends a poll's wait from any thread, with an event that carries the waker's token. Wakes that come
 * before the poll has looked are one event. There is one waker for each poll at a time: several
 * would be several eventfds for the same purpose; share this one.
 *
 * @example
 * const waker = new Waker(poll.registry, Token(99));
 * worker.postMessage(waker.share());
 * // in the worker
 * Waker.from(message).wake();
 */
export class Waker implements Disposable {
  readonly #state: Int32Array;
  readonly #gate: Gate;
  /** Of the waker that was made, and not taken up from elsewhere. */
  readonly #set: EpollSet | undefined;
  readonly #lease: Lease | undefined;

  /** eventfd(2), edge-triggered. @throws ERR_WAKER_EXISTS, ERR_CLOSED, EMFILE */
  constructor(registry: Registry, token: Token);
  /** @internal */
  constructor(registry: undefined, token: undefined, state: SharedArrayBuffer);
  constructor(registry?: Registry, token?: Token, state?: SharedArrayBuffer) {
    this.#state = new Int32Array(state ?? new SharedArrayBuffer(WORDS * 4));
    this.#gate = new Gate(this.#state, GATE);
    if (registry === undefined) return;
    this.#set = registry.set;
    if (!this.#set.takeWaker()) throw wakerExistsError();
    const fd = createEventFd(0, false);
    try {
      if (fd < 0) throw systemError(fd, 'eventfd');
      registry.register(fd, token!, (EventSet.IN | EventSet.EDGE_TRIGGERED) >>> 0);
    } catch (error) {
      if (fd >= 0) kernel().close(fd);
      this.#set.returnWaker();
      throw error;
    }
    this.#state[FD] = fd;
    this.#lease = watchOver(this, 'a Waker', fd);
  }

  /** Takes up, in another thread, what `share` has answered. @throws ERR_INVALID_HANDLE */
  static from(shared: SharedWaker): Waker {
    if (shared?.protocol !== PROTOCOL) {
      throw new EventManagerError('ERR_INVALID_HANDLE', 'this is not what `share()` has answered');
    }
    return new Waker(undefined, undefined, shared.state);
  }

  /** write(2). Nothing needs to be done about the event. @throws ERR_CLOSED */
  wake(): void {
    const status = this.#gate.pass(() => {
      const fd = this.#state[FD]!;
      const first = ringEventFd(fd);
      if (first !== -EAGAIN) return first;
      // Full: the poll has been told of that long ago, and has to see a change.
      resetEventFd(fd);
      return ringEventFd(fd);
    });
    if (status === undefined) throw new EventManagerError('ERR_CLOSED', 'this waker was closed');
    if (status < 0 && status !== -EAGAIN) throw systemError(status, 'write', this.#state[FD]);
  }

  /** What to post to other threads, with no transfer list. */
  share(): SharedWaker {
    if (this.#set) this.#gate.announce();
    return { protocol: PROTOCOL, state: this.#state.buffer as SharedArrayBuffer };
  }

  /**
   * Closes the eventfd, for all threads, after those that are in the middle of `wake`. Only the
   * waker that was made does; one that was taken up is just let go. Idempotent.
   */
  close(): void {
    if (!this.#set || this.#gate.closed) return;
    forget(this.#lease!);
    const fd = this.#state[FD]!;
    if (this.#gate.close()) kernel().close(fd);
    this.#set.returnWaker();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    if (this.#gate.closed) return printed('Waker', 'closed');
    return printed('Waker', `fd: ${this.#state[FD]}`, 'open');
  }
}

function wakerExistsError(): EventManagerError {
  return new EventManagerError(
    'ERR_WAKER_EXISTS',
    'this poll has a waker already: share that one with `share()`, or close it first',
  );
}
