import { GateEnd } from './gate-end.js';
import { currentThread, isThreadAlive } from './thread.js';

/**
 * A word in shared memory that guards a fd which several threads use and one of them closes:
 *
 *                 enter                    leave
 *     OPEN (0) ───────────► thread (> 0) ─────────► OPEN
 *        │ close                 │ close
 *        ▼                       ▼         leave
 *     CLOSED ◄────────────── −thread (< 0) ────────
 *
 * While a thread's number stands in it, that thread is between `enter` and `leave`, for the length
 * of a system call, and the fd stays open. The number also tells whom to ask the kernel for: a
 * thread that was terminated in between is noticed, and its place taken, so that nobody waits for
 * ever. Every step is one compare-and-swap to what the functions below answer;
 * test/register-close-model.test.ts walks through all of their interleavings.
 */
export const GATE_OPEN = 0;
export const GATE_CLOSED = -(2 ** 31);

/** The word once `thread` has entered; undefined where it can't now. */
export function entered(word: number, thread: number): number | undefined {
  return word === GATE_OPEN ? thread : undefined;
}

/** The word once the thread in it has left. */
export function left(word: number): number {
  return word >= 0 ? GATE_OPEN : GATE_CLOSED;
}

/** The word once nobody may enter any more. */
export function closing(word: number): number {
  if (word === GATE_OPEN) return GATE_CLOSED;
  return word > 0 ? -word : word;
}

/** The thread between `enter` and `leave`; 0 when there is none. */
export function holder(word: number): number {
  return word === GATE_CLOSED ? 0 : Math.abs(word);
}

/** Whether a thread that finds this word has come too late. */
export function refuses(word: number): boolean {
  return word < 0;
}

/** A look at a held gate is worth this many tries before the thread sleeps. */
const TRIES_AWAKE = 100;
/** How long to sleep before asking whether the holder lives. */
const SLEEP_MS = 10;
/** A living thread holds the gate for microseconds; one that takes so long is given up. */
const PATIENCE_MS = 10_000;

/** One thread's view of a gate. */
export class Gate {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #end: GateEnd;

  /** `words` are shared memory. The zeros of `GATE_WORDS` of them are an open gate. */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
    this.#end = new GateEnd(words, at);
  }

  get closed(): boolean {
    return refuses(Atomics.load(this.#words, this.#at)) || this.#end.ended;
  }

  /** Owner: other threads are about to be told of the fd, and this one's end is to close it. */
  announce(): void {
    this.#end.announce();
  }

  /** Does `operation`, which must be short, unless the gate is closed: then undefined. */
  pass<T>(operation: () => T): T | undefined {
    if (!this.#enter(currentThread())) return undefined;
    try {
      return this.#end.pass(operation);
    } finally {
      this.#leave();
    }
  }

  /**
   * Owner: closes the gate, and waits until nobody is inside. False when a thread stayed inside
   * against all reason: then what the gate guards must be left as it is.
   */
  close(): boolean {
    let word = this.#advance(closing);
    for (let waited = 0; word !== GATE_CLOSED; waited += SLEEP_MS) {
      if (waited >= PATIENCE_MS) return false;
      Atomics.wait(this.#words, this.#at, word, SLEEP_MS);
      word = Atomics.load(this.#words, this.#at);
      if (word !== GATE_CLOSED && !isThreadAlive(holder(word))) word = this.#advance(left);
    }
    this.#end.withdraw();
    return true;
  }

  #enter(thread: number): boolean {
    for (let tries = 0; ; tries += 1) {
      const word = Atomics.load(this.#words, this.#at);
      if (refuses(word)) return false;
      const next = entered(word, thread);
      if (next !== undefined) {
        if (this.#swap(word, next)) return true;
      } else if (tries > TRIES_AWAKE) {
        const woken = Atomics.wait(this.#words, this.#at, word, SLEEP_MS) !== 'timed-out';
        // Who finds a dead holder leaves in its place, and then tries again like anyone.
        if (!woken && !isThreadAlive(holder(word)) && this.#swap(word, left(word))) this.#notify();
      }
    }
  }

  #leave(): void {
    this.#advance(left);
    this.#notify();
  }

  /** Takes the word one step further, and answers it. */
  #advance(step: (word: number) => number): number {
    for (;;) {
      const word = Atomics.load(this.#words, this.#at);
      const next = step(word);
      if (this.#swap(word, next)) return next;
    }
  }

  #swap(from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, this.#at, from, to) === from;
  }

  #notify(): void {
    Atomics.notify(this.#words, this.#at);
  }
}
