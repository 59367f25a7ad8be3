import { inspect } from 'node:util';
import {
  checkCapacity,
  EventSet,
  invalidType,
  MAX_READY_EVENTS,
  printed,
} from '../contract/index.js';
import { epollEventSize } from '../sys/index.js';
import type { Token } from './token.js';

const CAPACITY_DEFAULT = 1_024;
/** Of events that are printed. */
const EVENTS_SHOWN = 20;
const WORD = 4;
const STRIDE = epollEventSize() / WORD;
/** Where the 64 bits of data stand, in words: at the end. */
const DATA = STRIDE - 2;
const HIGH = 2 ** 32;

/** Readiness of one source. Safe to keep. */
export class Event {
  readonly token: Token;
  readonly eventSet: EventSet;

  constructor(token: Token, eventSet: EventSet) {
    this.token = token;
    this.eventSet = eventSet;
  }

  /** IN or PRIORITY. */
  get readable(): boolean {
    return this.#any(EventSet.IN | EventSet.PRIORITY);
  }
  get writable(): boolean {
    return this.#any(EventSet.OUT);
  }
  get priority(): boolean {
    return this.#any(EventSet.PRIORITY);
  }
  get error(): boolean {
    return this.#any(EventSet.ERROR);
  }
  /** Nothing more will arrive once what is there has been read. */
  get readClosed(): boolean {
    return (
      this.#any(EventSet.HANG_UP) || (this.#any(EventSet.IN) && this.#any(EventSet.READ_HANG_UP))
    );
  }
  /** Writing makes no sense any more. */
  get writeClosed(): boolean {
    return this.#any(EventSet.HANG_UP) || (this.#any(EventSet.ERROR) && !this.#any(EventSet.IN));
  }

  toString(): string {
    return `${this.token}: ${EventSet.format(this.eventSet)}`;
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    return printed('Event', this.toString());
  }

  #any(set: EventSet): boolean {
    return (this.eventSet & set) !== 0;
  }
}

/**
 * What one `poll` has brought, as the kernel has written it; the next one overwrites it. A source
 * that is deregistered afterwards stays in it: check your own table when that can happen.
 */
export class Events implements Iterable<Event> {
  readonly capacity: number;
  /** @internal Where the kernel writes. */
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  #length = 0;

  /** `capacity`: how many events one `poll` can bring; the others are not lost, but come next. */
  constructor(capacity: number = CAPACITY_DEFAULT) {
    if (typeof capacity !== 'number') throw invalidType('capacity', 'a number', capacity);
    this.capacity = checkCapacity(capacity, MAX_READY_EVENTS) as number;
    const buffer = new ArrayBuffer(this.capacity * STRIDE * WORD);
    this.bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
  }

  static withCapacity(capacity: number): Events {
    return new Events(capacity);
  }

  get length(): number {
    return this.#length;
  }
  /** @internal */
  set length(length: number) {
    this.#length = length;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  clear(): void {
    this.#length = 0;
  }

  *[Symbol.iterator](): IterableIterator<Event> {
    for (let i = 0; i < this.#length; i += 1) yield new Event(this.#token(i), this.#set(i));
  }

  /** The same without an object for each: token and event set. */
  forEach(visit: (token: Token, eventSet: EventSet) => void): void {
    for (let i = 0; i < this.#length; i += 1) visit(this.#token(i), this.#set(i));
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    const shown = [...this].slice(0, EVENTS_SHOWN).map(String);
    const more = this.#length - shown.length;
    return printed('Events', ...shown, more > 0 && `… and ${more} more`);
  }

  #token(i: number): Token {
    const at = i * STRIDE + DATA;
    return this.#words[at + 1]! * HIGH + this.#words[at]!;
  }

  #set(i: number): EventSet {
    return this.#words[i * STRIDE]!;
  }
}
