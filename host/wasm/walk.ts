import {
  HEADER_GHOST,
  HEADER_READY_LIST,
  READY_DATA,
  READY_EVENTS,
  READY_FD,
  READY_SIZE,
  READY_SUBSCRIBER,
} from '../../assembly/abi.js';
import type { Core } from './instance.js';

/** Where the walk takes the events to. The data arrives as a signed number. */
export interface Dispatcher {
  deliver(subscriber: number, fd: number, events: number, data: number): void;
}

/** The ready list, as JavaScript sees it: filled by a wait, walked in one go or in several. */
export class ReadyList {
  readonly #core: Core;
  /** In words, as all places here: of the next entry and of the end. */
  #next = 0;
  #end = 0;
  #start = 0;
  /** Where the entries are in the order in which they are to be handled, unless that is theirs. */
  #order: readonly number[] | undefined;

  /** In words, of the notes that a wait leaves. */
  readonly #header: number;

  constructor(core: Core) {
    this.#core = core;
    this.#header = core.exports.header() >>> 2;
  }

  /** Whether the latest wait has met a ghost. */
  get ghostSeen(): boolean {
    return this.#core.memory.words[this.#header + (HEADER_GHOST >> 2)] !== 0;
  }

  /** Whether entries are left of an earlier wait. */
  get hasEntries(): boolean {
    return this.#next < this.#end;
  }

  /** Waits for a new batch: its size, or a negative status. Only once all is walked. */
  fill(timeoutMs: number): number {
    const { exports, memory } = this.#core;
    const count = exports.wait(timeoutMs);
    if (count > 0) {
      memory.renewAfterGrowth();
      this.#next = memory.words[this.#header + (HEADER_READY_LIST >> 2)]! >>> 2;
      this.#start = this.#next;
      this.#order = undefined;
      this.#end = this.#next + count * (READY_SIZE >> 2);
    }
    return count;
  }

  /**
   * Hands over up to `most` entries, and answers how many it did. Each is blanked first, and so
   * counts as handled from then on; one that was blanked before, because its registration went,
   * is passed over.
   */
  walk(destination: Dispatcher, most: number): number {
    const { memory } = this.#core;
    const end = this.#end;
    let at = this.#next;
    let delivered = 0;
    for (; at < end && delivered < most; at += READY_SIZE >> 2) {
      const entry = this.#order === undefined ? at : this.#entryFor(at);
      // Read anew each time: a handler may have made memory grow.
      const words = memory.words;
      const events = words[entry + (READY_EVENTS >> 2)]!;
      if (events === 0) continue;
      words[entry + (READY_EVENTS >> 2)] = 0;
      delivered += 1;
      const fd = words[entry + (READY_FD >> 2)]!;
      const data = words[entry + (READY_DATA >> 2)]!;
      destination.deliver(words[entry + (READY_SUBSCRIBER >> 2)]!, fd, events, data);
    }
    this.#next = at;
    return delivered;
  }

  /** Whether there is an entry left, in the kernel's order, of which `is` says so. */
  find(is: (subscriber: number, fd: number, events: number) => boolean): boolean {
    const { words } = this.#core.memory;
    // Those that another order has put first are blank.
    const first = this.#order === undefined ? this.#next : this.#start;
    for (let at = first; at < this.#end; at += READY_SIZE >> 2) {
      const events = words[at + (READY_EVENTS >> 2)]!;
      if (events === 0) continue;
      const subscriber = words[at + (READY_SUBSCRIBER >> 2)]!;
      if (is(subscriber, words[at + (READY_FD >> 2)]!, events)) return true;
    }
    return false;
  }

  /** Has those of higher levels come first. Entries stay: the core knows them by their place. */
  arrange(levelOf: (subscriber: number, fd: number) => number): void {
    const { words } = this.#core.memory;
    const entries: { at: number; level: number }[] = [];
    for (let at = this.#next; at < this.#end; at += READY_SIZE >> 2) {
      const subscriber = words[at + (READY_SUBSCRIBER >> 2)]!;
      entries.push({ at, level: levelOf(subscriber, words[at + (READY_FD >> 2)]!) });
    }
    // Equals keep their order.
    entries.sort((a, b) => b.level - a.level);
    this.#order = entries.map(({ at }) => at);
  }

  #entryFor(place: number): number {
    return this.#order![(place - this.#start) / (READY_SIZE >> 2)]!;
  }
}
