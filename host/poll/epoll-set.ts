import { EventManagerError, systemError } from '../contract/index.js';
import { duplicate, GATE_WORDS, Gate, Kernel, unsupportedReason } from '../sys/index.js';

const GATE = 0;
const EPFD = GATE_WORDS;
const WORDS = EPFD + 1;

/** Stands for a poll or its registry in a message: any number of clones mean the same one. */
export interface SharedEpollSet {
  readonly protocol: string;
  /** The gate to the fd, and the fd. */
  readonly state: SharedArrayBuffer;
  /** Whether the set has a waker: one word for all fds of the set. */
  readonly waker: SharedArrayBuffer;
}

const PROTOCOL = 'wasm-event-manager/poll 2';

let kernelOfThread: Kernel | undefined;

/** The kernel, once for each thread. @throws ERR_UNSUPPORTED_PLATFORM */
export function kernel(): Kernel {
  if (!kernelOfThread) {
    const reason = unsupportedReason();
    if (reason) throw new EventManagerError('ERR_UNSUPPORTED_PLATFORM', `no Poll here: ${reason}`);
    kernelOfThread = new Kernel();
  }
  return kernelOfThread;
}

/** An epoll instance's fd, as the threads that use it share it. */
export class EpollSet {
  readonly #state: Int32Array;
  readonly #waker: Int32Array;
  readonly #gate: Gate;
  /** Whether this thread has opened the fd. */
  readonly #own: boolean;

  private constructor(state: SharedArrayBuffer, waker: SharedArrayBuffer, own: boolean) {
    this.#own = own;
    this.#state = new Int32Array(state);
    this.#waker = new Int32Array(waker);
    this.#gate = new Gate(this.#state, GATE);
  }

  /** epoll_create1(2), CLOEXEC. */
  static create(): EpollSet {
    return EpollSet.#of(kernel().create(), 'epoll_create1', new SharedArrayBuffer(4));
  }

  static from(shared: SharedEpollSet): EpollSet {
    if (shared?.protocol !== PROTOCOL) {
      throw new EventManagerError(
        'ERR_INVALID_HANDLE',
        'this is not what `share()` has answered, or comes from another version of the library',
      );
    }
    return new EpollSet(shared.state, shared.waker, false);
  }

  static #of(epfd: number, syscall: string, waker: SharedArrayBuffer): EpollSet {
    if (epfd < 0) throw systemError(epfd, syscall);
    const set = new EpollSet(new SharedArrayBuffer(WORDS * 4), waker, true);
    set.#state[EPFD] = epfd;
    return set;
  }

  get closed(): boolean {
    return this.#gate.closed;
  }

  /** The number, for a call of the thread that closes it. @throws ERR_CLOSED */
  get fd(): number {
    if (this.closed) throw closedPollError();
    return this.#state[EPFD]!;
  }

  /** Does something with the fd, which stays open meanwhile. @throws ERR_CLOSED */
  use(operation: (epfd: number) => number): number {
    const status = this.#gate.pass(() => operation(this.#state[EPFD]!));
    if (status === undefined) throw closedPollError();
    return status;
  }

  /** Another fd of the same set: fcntl(2), F_DUPFD_CLOEXEC. */
  duplicate(): EpollSet {
    kernel();
    return EpollSet.#of(this.use(duplicate), 'fcntl', this.#waker.buffer as SharedArrayBuffer);
  }

  /** Whether the set had no waker yet, and has one now. */
  takeWaker(): boolean {
    return Atomics.compareExchange(this.#waker, 0, 0, 1) === 0;
  }
  returnWaker(): void {
    Atomics.store(this.#waker, 0, 0);
  }

  share(): SharedEpollSet {
    if (this.closed) throw closedPollError();
    if (this.#own) this.#gate.announce();
    return {
      protocol: PROTOCOL,
      state: this.#state.buffer as SharedArrayBuffer,
      waker: this.#waker.buffer as SharedArrayBuffer,
    };
  }

  /** Waits for those who are using the fd, and closes it. */
  close(): void {
    if (!this.closed && this.#gate.close()) kernel().close(this.#state[EPFD]!);
  }
}

function closedPollError(): EventManagerError {
  return new EventManagerError('ERR_CLOSED', 'this poll was closed');
}
