import { EventManagerError } from '../contract/index.js';
import type { Calls } from './calls.js';
import type { Counters } from './counters.js';
import type { Directory, TopicEntry } from './directory.js';
import type { Faults } from './faults.js';
import { type Errand, Levels, type Parcel } from './levels.js';
import { Round } from './round.js';
import type { Subscription } from './subscription.js';

/**
 * Hands over what waits, one after the other. How far it has come is kept here and in `Levels`
 * and `Round`, never on the stack: broken off anywhere, it goes on from there.
 */
export class Handover {
  readonly levels = new Levels();
  /** The message that is handed round. */
  readonly round = new Round();
  /** The errand that is run, until its handler is called. */
  errand: Errand | undefined;
  readonly #calls: Calls;
  readonly #directory: Directory;
  readonly #counters: Counters;
  readonly #faults: Faults;
  #closed = false;

  constructor(calls: Calls, directory: Directory, counters: Counters, faults: Faults) {
    this.#calls = calls;
    this.#directory = directory;
    this.#counters = counters;
    this.#faults = faults;
  }

  /** Whether something was begun that is to go on. */
  get unfinished(): boolean {
    return this.round.entry !== undefined || this.errand !== undefined;
  }

  /** Everything, until the calls have to stop. */
  run(): void {
    if (this.#openRest()) this.openAll();
  }

  /** What is queued, and what comes of it. */
  openAll(): void {
    const { levels } = this;
    for (let parcel = levels.first(); parcel; parcel = levels.first()) {
      if (!this.#open(parcel)) return;
    }
  }

  /** Drops all of it. */
  close(): void {
    this.#closed = true;
    this.#counters.dropped += this.levels.size;
    this.levels.clear();
    this.round.end();
    this.errand = undefined;
  }

  /** What an earlier delivery was broken off at. */
  #openRest(): boolean {
    if (this.round.entry !== undefined) return this.#goRound();
    return this.errand === undefined || this.#openErrand(this.errand);
  }

  /** Whether to go on after it. */
  #open(parcel: Parcel): boolean {
    const { entry } = parcel;
    if (entry !== undefined) {
      this.round.start(entry, parcel.message, parcel.origin);
      this.levels.opened += 1;
      return this.#goRound();
    }
    this.errand = parcel;
    this.levels.opened += 1;
    return this.#openErrand(parcel);
  }

  #openErrand(errand: Errand): boolean {
    try {
      errand.open();
      this.errand = undefined;
    } catch (error) {
      // Else the stack was at its end before the handler was called.
      if (errand.begun) this.errand = undefined;
      throw error;
    }
    return this.#calls.mayGoOn;
  }

  /** Hands the present message to those who have not had it. Whether to go on after it. */
  #goRound(): boolean {
    const round = this.round;
    const { message } = round;
    const entry = round.entry!;
    round.list ??= this.#begun(entry, message);
    const mayGoOn = this.#calls.round(round, round.list, message, entry.name);
    if (!mayGoOn && !this.#closed && round.at < round.list.length) return false;
    if (!round.reached) this.#counters.dropped += 1;
    round.end();
    return mayGoOn;
  }

  /** Whom a message reaches, once it is its turn. */
  #begun(entry: TopicEntry, message: unknown): readonly Subscription[] {
    if (this.#calls.taps.active) this.#calls.tell({ kind: 'publish', name: entry.name, message });
    if (entry.subscriptions !== undefined) return entry.subscriptions;
    try {
      return this.#directory.subscribersOf(entry);
    } catch (error) {
      // A topic that was forgotten may find no room any more. All else is for later.
      if (!(error instanceof EventManagerError)) throw error;
      this.#faults.noted.push({ error, name: entry.name, subscription: undefined });
      return [];
    }
  }
}
