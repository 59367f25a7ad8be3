import { isMainThread } from 'node:worker_threads';
import { addressOf } from './backend.js';
import { libc } from './calls.js';
import { callAtEnd, callNotAtEnd, type EndCall } from './thread-end.js';

const EOWNERDEAD = 130;
const PTHREAD_MUTEX_ROBUST = 1;

// In words, from that of the gate on. pthread_mutex_t has up to 48 bytes, sem_t up to 32.
const ENDABLE = 1;
const ENDED = 4;
const MUTEX = 12;
/** Of shared memory that a gate takes. */
export const GATE_WORDS = 32;

/**
 * The end of the thread that owns a fd which others use by its number. It may be terminated, so no
 * JavaScript can tell them: Node-API locks the mutex then, which others hold while they use the
 * fd, posts the semaphore, which says that there is no fd any more, unlocks, and closes the fd. The
 * mutex is robust: a thread that was terminated while it held it gives it back by its own end.
 */
export class GateEnd {
  readonly #words: Int32Array;
  readonly #at: number;
  #mutexAddress = 0;
  #calls: readonly EndCall[] = [];

  /** `words` lies in shared memory. */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  get #mutex(): number {
    this.#mutexAddress ||= this.#addressAt(MUTEX);
    return this.#mutexAddress;
  }

  /** Whether the owner's thread has ended, and its fd is closed. */
  get ended(): boolean {
    // The count stands in the first word, or in the second one of a machine that is big-endian.
    const at = this.#at + ENDED;
    return Atomics.load(this.#words, at) !== 0 || Atomics.load(this.#words, at + 1) !== 0;
  }

  /** Owner: before others are told of the fd, which is to be open by now. */
  announce(): void {
    if (isMainThread || this.#calls.length > 0) return;
    const attributes = new Int32Array(4);
    const attributesAddress = addressOf(attributes);
    libc.pthread_mutexattr_init(attributesAddress);
    libc.pthread_mutexattr_setrobust(attributesAddress, PTHREAD_MUTEX_ROBUST);
    libc.pthread_mutex_init(this.#mutex, attributesAddress);
    this.#calls = [
      ['pthread_mutex_lock', this.#mutex],
      ['sem_post', this.#addressAt(ENDED)],
      ['pthread_mutex_unlock', this.#mutex],
    ];
    announced.add(this.#words);
    callAtEnd(this.#calls);
    Atomics.store(this.#words, this.#at + ENDABLE, 1);
  }

  /** Owner: nobody uses the fd any more, which is about to be closed. */
  withdraw(): void {
    callNotAtEnd(this.#calls);
    this.#calls = [];
    announced.delete(this.#words);
  }

  /** Another thread: does `operation` unless the owner's thread has ended; then undefined. */
  pass<T>(operation: () => T): T | undefined {
    // The owner itself is here, and who is in the main thread ends with the process.
    if (this.#calls.length > 0 || Atomics.load(this.#words, this.#at + ENDABLE) === 0)
      return operation();
    const status = libc.pthread_mutex_trylock(this.#mutex);
    if (status === EOWNERDEAD) libc.pthread_mutex_consistent(this.#mutex);
    // One thread at a time is in the gate: so it is the owner's end that has it.
    else if (status !== 0) return undefined;
    try {
      return this.ended ? undefined : operation();
    } finally {
      libc.pthread_mutex_unlock(this.#mutex);
    }
  }

  #addressAt(word: number): number {
    return addressOf(this.#words) + (this.#at + word) * Int32Array.BYTES_PER_ELEMENT;
  }
}

/** What is locked and posted at this thread's end lies here, even when nobody else knows of it. */
const announced = new Set<Int32Array>();
