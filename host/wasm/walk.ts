import {
  READY_DATA,
  READY_EVENTS,
  READY_FD,
  READY_SIZE,
  READY_SUBSCRIBER,
} from '../../assembly/abi.js';
import type { Core } from './instance.js';

const WORD = 4;
const STRIDE = READY_SIZE / WORD;
const EVENTS = READY_EVENTS / WORD;
const FD = READY_FD / WORD;
const DATA = READY_DATA / WORD;
const SUBSCRIBER = READY_SUBSCRIBER / WORD;

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

  constructor(core: Core) {
    this.#core = core;
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
      this.#next = (exports.readyAddress() >>> 0) / WORD;
      this.#end = this.#next + count * STRIDE;
    }
    return count;
  }

  /**
   * Hands over up to `most` entries, and answers how many it did. Each is blanked first, and so
   * counts as handled from then on; one that was blanked before, because its registration went,
   * is passed over.
   */
  walk(destination: Destination, most: number, timed: boolean): number {
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
