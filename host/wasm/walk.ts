import { HEADER_GHOST, HEADER_READY_LIST, READY_SIZE } from '../../assembly/abi.js';
import type { Core } from './instance.js';

const WORD = 4;

/** Where the walk takes the events to. The data arrives as a signed number. */
export interface Destination {
  deliver(subscriber: number, fd: number, events: number, data: number): void;
  /** Asked after each event of a timed walk: whether to leave the rest for the next turn. */
  late(): boolean;
}

/** The ready list, as JavaScript sees it: filled by a wait, walked in one go or in several. */
export class ReadyList {
  readonly #core: Core;
  /** In words, of the next entry and of the end. */
  #next = 0;
  #end = 0;

  /** In words, of the notes that a wait leaves. */
  readonly #header: number;

  constructor(core: Core) {
    this.#core = core;
    this.#header = (core.exports.header() >>> 0) / WORD;
  }

  /** Whether the latest wait has met a ghost. */
  get ghostSeen(): boolean {
    return this.#core.memory.words[this.#header + HEADER_GHOST / WORD] !== 0;
  }

  /** Whether entries are left of an earlier wait. */
  get pending(): boolean {
    return this.#next < this.#end;
  }

  /** Waits for a new batch: its size, or a negative status. Only once all is walked. */
  fill(timeoutMs: number): number {
    const { exports, memory } = this.#core;
    const count = exports.wait(timeoutMs);
    if (count > 0) {
      memory.renewAfterGrowth();
      this.#next = (memory.words[this.#header + HEADER_READY_LIST / WORD]! >>> 0) / WORD;
      this.#end = this.#next + (count * READY_SIZE) / WORD;
    }
    return count;
  }

  /**
   * Hands over up to `most` entries, and answers how many it did. Each is blanked first, and so
   * counts as handled from then on; one that was blanked before, because its registration went,
   * is passed over.
   */
  walk(destination: Destination, most: number, timed: boolean): number {
    // Literals, since V8 reads a constant of the module from memory, and checks it, each time.
    // They are READY_EVENTS, READY_FD, READY_DATA, READY_SUBSCRIBER and READY_SIZE of abi.ts in
    // words, which test/abi.test.ts compares.
    const EVENTS = 0;
    const FD = 1;
    const DATA = 2;
    const SUBSCRIBER = 3;
    const STRIDE = 4;
    const { memory } = this.#core;
    const end = this.#end;
    let at = this.#next;
    let delivered = 0;
    while (at < end && delivered < most) {
      // Read anew each time: a handler may have made memory grow.
      const words = memory.words;
      const events = words[at + EVENTS]!;
      if (events !== 0) {
        words[at + EVENTS] = 0;
        delivered += 1;
        const subscriber = words[at + SUBSCRIBER]!;
        destination.deliver(subscriber, words[at + FD]!, events, words[at + DATA]!);
      }
      at += STRIDE;
      if (timed && destination.late()) break;
    }
    this.#next = at;
    return delivered;
  }
}
