import { RecurringTimer, type Timer } from './timer.js';
import { type TimerQueue, timeOf } from './timer-queue.js';

/** So many events more than one a turn delivers of timers that lag behind. */
const REPEATS_MAX = 1_000;

/**
 * What is due, so that a timer that lags behind can't keep others from firing: each timer that is
 * due when a round begins fires in it once at least. Timers that are set meanwhile, and what is
 * left of the events that were missed, are withheld until the next round.
 *
 * A round is over in one turn, or, where the turn's budget is used up, goes on in the next.
 */
export class Round {
  readonly #queue: TimerQueue;
  /** By the queue's time; undefined between two rounds. */
  #end: bigint | undefined;
  /** Timers of this order, and higher ones, were set since. */
  #orderEnd = 0;
  #repeats = 0;
  #withheld: Timer[] = [];

  constructor(queue: TimerQueue) {
    this.#queue = queue;
  }

  /** At the beginning of each turn. */
  begin(now: bigint): void {
    this.#repeats = REPEATS_MAX;
    if (this.#end !== undefined) return;
    this.#end = now;
    this.#orderEnd = this.#queue.nextOrder;
  }

  /** The timer that is to fire next; undefined where the round is over. */
  next(): Timer | undefined {
    for (;;) {
      const first = this.#queue.first();
      if (!first || !this.#covers(first)) return undefined;
      if (first.order < this.#orderEnd) return first;
      this.#withhold(first);
    }
  }

  /** After a timer has fired: it may be late for more than that. */
  pace(timer: Timer): void {
    if (!timer.active || timer.withheld || !this.#covers(timer)) return;
    const repeats = timer instanceof RecurringTimer && timer.missed === 'all';
    if (repeats && this.#repeats > 0) this.#repeats -= 1;
    else this.#withhold(timer);
  }

  /** Ends it, where nothing of it is left. */
  settle(): void {
    if (this.#end === undefined || this.next()) return;
    this.#end = undefined;
    const withheld = this.#withheld;
    this.#withheld = [];
    for (const timer of withheld) {
      if (timer.active) this.#queue.release(timer);
    }
  }

  #covers(timer: Timer): boolean {
    return this.#end !== undefined && timeOf(timer) <= this.#end;
  }

  #withhold(timer: Timer): void {
    this.#withheld.push(timer);
    this.#queue.withhold(timer);
  }
}
