import { ENTRY_BLANK, ENTRY_WORDS } from './abi.js';

/** What has an entry in an inbox while something is pending for it. */
export interface Correspondent {
  /** Where its entry is, or -1. */
  place: number;
}

/** A message that waits for a guest. */
export interface WaitingMessage {
  readonly topic: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * What is to be told to a guest. A correspondent has one entry at the most: what happens to it
 * again is added to that, so that an inbox never holds more than there are handles and timers.
 */
export class Inbox {
  readonly #from: Correspondent[] = [];
  #words = new Int32Array(16 * ENTRY_WORDS);
  #count = 0;
  #taken = 0;
  readonly messages: WaitingMessage[] = [];

  get empty(): boolean {
    return this.#taken === this.#count && this.messages.length === 0;
  }

  /** The value that is pending for a correspondent; 0 where none is. */
  pending(from: Correspondent): number {
    return from.place < 0 ? 0 : this.#words[from.place * ENTRY_WORDS + 2]!;
  }

  /** Has a correspondent's entry say this: one that is pending still, or a new one. */
  put(from: Correspondent, kind: number, id: number, value: number, data: number): void {
    if (from.place < 0) {
      from.place = this.#append(from);
    }
    const at = from.place * ENTRY_WORDS;
    this.#words[at] = kind;
    this.#words[at + 1] = id;
    this.#words[at + 2] = value;
    this.#words[at + 3] = data;
  }

  /** What is pending for a correspondent is told no more. */
  blank(from: Correspondent): void {
    if (from.place < 0) return;
    this.#words[from.place * ENTRY_WORDS] = ENTRY_BLANK;
    from.place = -1;
  }

  /** Moves entries to `target`, as many as it takes: how many there are. */
  take(target: Int32Array): number {
    const most = target.length / ENTRY_WORDS;
    let moved = 0;
    while (moved < most && this.#taken < this.#count) {
      const at = this.#taken * ENTRY_WORDS;
      if (this.#words[at] !== ENTRY_BLANK) {
        for (let i = 0; i < ENTRY_WORDS; i += 1) {
          target[moved * ENTRY_WORDS + i] = this.#words[at + i]!;
        }
        this.#from[this.#taken]!.place = -1;
        moved += 1;
      }
      this.#taken += 1;
    }
    if (this.#taken === this.#count) this.#reset();
    return moved;
  }

  #append(from: Correspondent): number {
    const place = this.#count;
    if (place * ENTRY_WORDS === this.#words.length) {
      const grown = new Int32Array(this.#words.length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#from[place] = from;
    this.#count += 1;
    return place;
  }

  #reset(): void {
    this.#count = 0;
    this.#taken = 0;
    this.#from.length = 0;
  }
}
