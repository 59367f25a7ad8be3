import type { Judge } from '../disagreement.js';
import type { Key, Received } from '../witness.js';
import type { RegistrationModel } from './registration.js';
import type { TurnModel } from './turn.js';

export const STALE_RUN_MAX = 3;
/** A ghost is got rid of after so many events of its, whoever else has had its slot. */
const GHOST_EVENTS_MAX = 3 * STALE_RUN_MAX;

/** What the kernel may hold: entries by their keys, those of ghosts included. */
export class EntriesModel {
  stale = 0;
  discarded = 0;
  readonly #judge: Judge;
  readonly #live = new Map<Key, RegistrationModel>();
  /** Registrations that have ended, and whether the kernel may have kept an entry. */
  readonly #ended = new Map<Key, boolean>();
  readonly #staleRuns = new Map<Key, number>();

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  enter(registration: RegistrationModel, key: Key): void {
    const fresh = !this.#live.has(key) && !this.#ended.has(key);
    this.#judge.agree(fresh, () => `S1: the key ${key} is used twice`);
    registration.key = key;
    this.#live.set(key, registration);
  }

  end({ key, file }: RegistrationModel, haunted: boolean): void {
    this.#live.delete(key!);
    this.#ended.set(key!, haunted && !file.closed);
  }

  /** The epoll instance was replaced: there are no ghosts any more. */
  rebuilt(): void {
    this.#judge.agree(this.#staleRuns.size > 0, () => 'S5: rebuilt without a stale event');
    this.#staleRuns.clear();
    for (const key of this.#ended.keys()) this.#ended.set(key, false);
  }

  /** A batch: all that is due, unless there was no room for more, and nothing else. */
  receive(
    batch: readonly Received[],
    full: boolean,
    turn: TurnModel,
    registered: Iterable<RegistrationModel>,
  ): void {
    const seen = new Set<RegistrationModel>();
    for (const { key, events } of batch) {
      const registration = this.#live.get(key);
      if (!registration) this.#receiveStale(key);
      else if (registration.silent) this.#receiveDiscarded(registration);
      else {
        const due = registration.due() || registration.perhapsDue();
        const about = `fd ${registration.fd}`;
        this.#judge.agree(due === events, () => `${about}: ${events} is due, and not ${due}`);
        registration.received();
        seen.add(registration);
        turn.receive(registration, events);
      }
    }
    if (full) return;
    for (const each of registered) {
      if (seen.has(each) || each.due() === 0) continue;
      this.#judge.disagree(`fd ${each.fd} is due, ${each.due()}, and the kernel was not asked`);
    }
  }

  #receiveStale(key: Key): void {
    const explained = this.#ended.get(key) === true;
    this.#judge.agree(explained, () => `the kernel still has what was removed: ${key}`);
    this.stale += 1;
    const run = (this.#staleRuns.get(key) ?? 0) + 1;
    this.#judge.agree(run <= GHOST_EVENTS_MAX, () => `S5: a ghost stays after ${run} events`);
    this.#staleRuns.set(key, run);
  }

  #receiveDiscarded(registration: RegistrationModel): void {
    const { fd } = registration;
    this.#judge.agree(registration.discard(), () => `fd ${fd} is silent, and wakes its manager`);
    this.discarded += 1;
  }
}
