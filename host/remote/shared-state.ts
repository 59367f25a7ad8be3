import { EventManagerError, systemError } from '../contract/index.js';
import {
  currentThread,
  EAGAIN,
  GATE_WORDS,
  Gate,
  isThreadAlive,
  ringEventFd,
} from '../sys/index.js';

const GATE = 0;
const AWAKE = GATE_WORDS;
const SUBMISSIONS = AWAKE + 1;
const OWNER = AWAKE + 2;
const EVENT_FD = AWAKE + 3;
const WORDS = AWAKE + 4;

/** What wakes a manager, as its own thread sees it. */
interface LocalBell {
  readonly fd: number;
  ring(): void;
}

/** By negative numbers: this thread's, of managers whose fds mean nothing to other threads. */
const localBells = new Map<number, LocalBell>();
let lastKey = 0;

function enterLocally(bell: LocalBell): number {
  lastKey -= 1;
  localBells.set(lastKey, bell);
  return lastKey;
}

/**
 * What all callers of one manager share with it: the gate to its eventfd, whether it needs to be
 * woken, and how many calls were ever submitted.
 *
 * A caller first publishes its call, then adds to the count, and then looks at AWAKE; the owner
 * sets AWAKE, then looks at the count, and at a turn's end clears AWAKE and looks once more. So
 * either the caller sees that it must ring or the owner sees the call. Only the owner writes
 * AWAKE: a caller that dies at any point leaves nothing behind that would silence the others.
 */
export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly gate: Gate;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.gate = new Gate(this.#words, GATE);
  }

  /** That of the calling thread's manager, which only `fdsOfProcess` lets other threads wake. */
  static create(bell: LocalBell, fdsOfProcess: boolean): SharedState {
    const state = new SharedState(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
    state.#words[OWNER] = currentThread();
    state.#words[EVENT_FD] = fdsOfProcess ? bell.fd : enterLocally(bell);
    if (fdsOfProcess) state.gate.announce();
    return state;
  }

  /** Whether the calling thread can wake the owner. */
  get inReach(): boolean {
    return this.#words[EVENT_FD]! >= 0 || this.ownedByThisThread;
  }

  get ownedByThisThread(): boolean {
    return this.#words[OWNER] === currentThread();
  }

  get ownerIsAlive(): boolean {
    return isThreadAlive(this.#words[OWNER]!);
  }

  get submissions(): number {
    return Atomics.load(this.#words, SUBMISSIONS);
  }

  /** Owner: whether it will look at the count again before it sleeps. */
  set awake(awake: boolean) {
    Atomics.store(this.#words, AWAKE, awake ? 1 : 0);
  }

  /** Caller: one more call stands in its queue. Wakes the owner; false once that is closed. */
  announce(): boolean {
    Atomics.add(this.#words, SUBMISSIONS, 1);
    if (this.gate.closed) return false;
    return Atomics.load(this.#words, AWAKE) !== 0 || this.ring();
  }

  /** Makes the owner's eventfd readable; false once it is closed. */
  ring(): boolean {
    const fd = this.#words[EVENT_FD]!;
    if (fd < 0) return this.#ringLocally(fd);
    const status = this.gate.pass(() => ringEventFd(fd));
    // A counter that is full is readable, and the owner awake.
    if (status !== undefined && status < 0 && status !== -EAGAIN)
      throw systemError(status, 'write', fd);
    return status !== undefined;
  }

  /** Owner: closes the gate. False when a thread stays inside, and so needs the eventfd. */
  close(): boolean {
    localBells.delete(this.#words[EVENT_FD]!);
    return this.gate.close();
  }

  #ringLocally(key: number): boolean {
    if (!this.gate.closed) localBells.get(key)?.ring();
    return !this.gate.closed;
  }
}

/** How much a posted endpoint brings along, as the first message on its port. */
export interface Greeting {
  readonly protocol: typeof PROTOCOL;
  readonly shared: SharedArrayBuffer;
  readonly queue: SharedArrayBuffer;
}

/** Changes whenever the layout of what is shared does: two copies of the library may meet. */
export const PROTOCOL = 'wasm-event-manager/remote 3';

export function checkGreeting(message: unknown): Greeting {
  const greeting = message as Greeting | undefined;
  if (greeting?.protocol === PROTOCOL) return greeting;
  throw new EventManagerError(
    'ERR_INVALID_ENDPOINT',
    'this port is not that of a remote endpoint: pass what `endpoint.share()` has answered, ' +
      'once, and use the same version of the library in all threads',
  );
}
