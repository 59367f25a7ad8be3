import { CALL_FREE, CALL_QUEUED } from './call-state.js';
import type { WireBytes } from './wire.js';

const WORD = Int32Array.BYTES_PER_ELEMENT;

// The head, in words.
const CAPACITY = 0;
const CALLER = 1;
const HUNG_UP = 2;
const SUBMITTED = 3;
const COMPLETED = 4;
const HEAD_WORDS = 16;

// A slot, in words: four of them, and then the values.
const STATE = 0;
const KIND = 1;
const LENGTH = 2;
const SEQUENCE = 3;
const VALUES = 4;
const SLOT_WORDS = 64;

/** What a slot asks for, and, later, what kind of answer it holds. */
export const KIND_CALL = 0;
export const KIND_CALL_BLOCKING = 1;
export const KIND_FIRE = 2;
export const KIND_STOP = 3;
export const KIND_CONNECT = 4;
export const KIND_VALUE = 5;
export const KIND_ERROR = 6;
export const KIND_THROWN = 7;
export const KIND_CLOSED = 8;
/** Neither value nor error could be sent. */
export const KIND_LOST = 9;

/** The length of values that went by port. */
export const ON_PORT = -1;

/**
 * The memory that one caller shares with the owner. Slots hold a call and then its answer; two
 * rings of slot numbers say in what order calls were submitted, and which answers have come:
 *
 *   head │ submitted: capacity words │ completed: capacity words │ slots: capacity · 256 bytes
 *
 * Each ring has one writer, and room for every slot, so that it can't overflow.
 */
export class CallQueue {
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
  readonly words: Int32Array;
  readonly #values: WireBytes[] = [];

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.capacity = this.words[CAPACITY]!;
  }

  /** A capacity that isn't a power of two is rounded up to one: the counts wrap around. */
  static create(atLeast: number): CallQueue {
    const capacity = 2 ** Math.ceil(Math.log2(atLeast));
    const words = HEAD_WORDS + capacity * (2 + SLOT_WORDS);
    const buffer = new SharedArrayBuffer(words * WORD);
    new Int32Array(buffer)[CAPACITY] = capacity;
    return new CallQueue(buffer);
  }

  /** The kernel's number for the caller's thread; 0 until it has taken the endpoint up. */
  get caller(): number {
    return Atomics.load(this.words, CALLER);
  }
  set caller(thread: number) {
    Atomics.store(this.words, CALLER, thread);
  }

  /** Whether the caller has closed its endpoint. */
  get hungUp(): boolean {
    return Atomics.load(this.words, HUNG_UP) !== 0;
  }
  hangUp(): void {
    Atomics.store(this.words, HUNG_UP, 1);
  }

  /** How many were ever submitted, as a signed word that wraps around. */
  get submitted(): number {
    return Atomics.load(this.words, SUBMITTED);
  }
  get completed(): number {
    return Atomics.load(this.words, COMPLETED);
  }

  submit(slot: number): void {
    const count = this.words[SUBMITTED]!;
    this.words[this.#submittedAt(count)] = slot;
    Atomics.store(this.words, SUBMITTED, (count + 1) | 0);
  }

  complete(slot: number): void {
    const count = this.words[COMPLETED]!;
    this.words[this.#submittedAt(count) + this.capacity] = slot;
    Atomics.store(this.words, COMPLETED, (count + 1) | 0);
    Atomics.notify(this.words, COMPLETED);
  }

  submittedSlot(count: number): number {
    return this.words[this.#submittedAt(count)]!;
  }
  completedSlot(count: number): number {
    return this.words[this.#submittedAt(count) + this.capacity]!;
  }

  /** Settles, in the caller's event loop, when `completed` is no longer `count`. */
  whenCompleted(count: number): Promise<unknown> {
    const { async, value } = (Atomics as unknown as AtomicsWithWaitAsync).waitAsync(
      this.words,
      COMPLETED,
      count,
    );
    return async ? value : Promise.resolve();
  }

  /** Where the state of a slot stands among the words. */
  stateAt(slot: number): number {
    return this.#slotAt(slot) + STATE;
  }
  isFree(slot: number): boolean {
    return Atomics.load(this.words, this.stateAt(slot)) === CALL_FREE;
  }
  /** Whether a call stands there that the owner has not taken. */
  isQueued(slot: number): boolean {
    return Atomics.load(this.words, this.stateAt(slot)) === CALL_QUEUED;
  }
  release(slot: number): void {
    Atomics.store(this.words, this.stateAt(slot), CALL_FREE);
  }

  kind(slot: number): number {
    return this.words[this.#slotAt(slot) + KIND]!;
  }
  length(slot: number): number {
    return this.words[this.#slotAt(slot) + LENGTH]!;
  }
  /** Which of the caller's calls it is: what belongs to it on the port carries the same. */
  sequence(slot: number): number {
    return this.words[this.#slotAt(slot) + SEQUENCE]!;
  }

  describe(slot: number, kind: number, length: number, sequence: number): void {
    const at = this.#slotAt(slot);
    this.words[at + KIND] = kind;
    this.words[at + LENGTH] = length;
    this.words[at + SEQUENCE] = sequence;
  }

  values(slot: number): WireBytes {
    this.#values[slot] ??= this.#valuesOf(slot);
    return this.#values[slot];
  }

  #valuesOf(slot: number): WireBytes {
    const start = (this.#slotAt(slot) + VALUES) * WORD;
    const size = (SLOT_WORDS - VALUES) * WORD;
    return {
      bytes: Buffer.from(this.buffer, start, size),
      view: new DataView(this.buffer, start, size),
    };
  }

  #submittedAt(count: number): number {
    return HEAD_WORDS + ((count >>> 0) % this.capacity);
  }

  #slotAt(slot: number): number {
    return HEAD_WORDS + 2 * this.capacity + slot * SLOT_WORDS;
  }
}

/** In Node since 16, in TypeScript's library since ES2024. */
interface AtomicsWithWaitAsync {
  waitAsync(
    words: Int32Array,
    at: number,
    value: number,
  ): { async: true; value: Promise<unknown> } | { async: false; value: unknown };
}
