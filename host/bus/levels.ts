import type { TopicEntry } from './directory.js';
import type { Origin } from './subscription.js';

/** A message that waits to be published. */
export interface Publication {
  readonly entry: TopicEntry;
  readonly message: unknown;
  readonly origin: Origin | undefined;
}

/** What goes to one place: a message to an endpoint, or an answer. */
export interface Errand {
  readonly entry?: undefined;
  /** Set once it waits, or is under way: it will be opened. */
  taken: boolean;
  /** Set right before the handler is called: from then on it isn't opened again. */
  begun: boolean;
  open(): void;
  /** Takes what the handler has thrown. Where nobody waits for it, throws it if asked first. */
  readonly failed?: (error: unknown, again?: boolean) => void;
}

export type Parcel = Publication | Errand;

/**
 * What waits, in the order of its delivery: the level that is handed over, then the one that
 * comes of it, and so on (S40), then what has come from outside. Nothing leaves before it is
 * handed over, so that a throw, or the end of a turn, loses nothing.
 */
export class Levels {
  /** The level that is handed over: 0 for what came from outside. */
  depth = 0;
  /** How many parcels of the present level are handed over. */
  opened = 0;
  #level: Parcel[] = [];
  #next: Parcel[] = [];
  /** Level 0 of what follows, once the present one and all that comes of it are through. */
  #admitted: Parcel[] = [];
  #outside: Parcel[] = [];

  get size(): number {
    const { length } = this.#level;
    return length - this.opened + this.#next.length + this.#admitted.length + this.#outside.length;
  }

  /** Whether anything comes of the level that is handed over. */
  get deeper(): boolean {
    return this.#next.length > 0;
  }

  /** Takes what a handler has sent. */
  pushInside(parcel: Parcel): void {
    this.#next.push(parcel);
  }

  /** Takes what came from outside, for the delivery after the present one. */
  pushOutside(parcel: Parcel): void {
    this.#outside.push(parcel);
  }

  /** Has what came from outside until now take part. Each parcel is moved at most once. */
  admit(): void {
    if (this.#outside.length === 0) return;
    if (this.#admitted.length === 0) this.#admitted = this.#outside;
    else for (const parcel of this.#outside) this.#admitted.push(parcel);
    this.#outside = [];
  }

  /** Whose turn it is. It stays there until `opened` is raised. */
  first(): Parcel | undefined {
    if (this.opened === this.#level.length && !this.#descend()) return undefined;
    return this.#level[this.opened];
  }

  clear(): void {
    this.#level = [];
    this.#next = [];
    this.#admitted = [];
    this.#outside = [];
    this.opened = 0;
  }

  #descend(): boolean {
    const deeper = this.#next.length > 0;
    const level = deeper ? this.#next : this.#admitted;
    if (level.length === 0) {
      this.#level = level;
      this.opened = 0;
      this.depth = 0;
      return false;
    }
    const fresh: Parcel[] = [];
    // From here on nothing is called, so that no throw can come between.
    if (deeper) this.#next = fresh;
    else this.#admitted = fresh;
    this.depth = deeper ? this.depth + 1 : 0;
    this.#level = level;
    this.opened = 0;
    return true;
  }
}
