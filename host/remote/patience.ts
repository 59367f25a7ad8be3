/** Above the time in which an idle owner wakes up and answers; what a sleep and its end cost. */
const SPIN_MS = 0.06;
const CREDIT_MAX = 8;
/** Without credit, every so many-th wait tries again whether it would pay. */
const RETRY_EVERY = 32;

/**
 * Whether to look for an answer for a moment before sleeping until it comes. Going to sleep and
 * waking up can take longer than the call; but where answers are slow, or processors few, looking
 * is wasted. So it is kept up only as long as it pays.
 */
export class Patience {
  #credit = CREDIT_MAX;
  #waits = 0;
  #until = 0;

  /** A wait begins. */
  begin(): void {
    this.#waits += 1;
    const worth = this.#credit > 0 || this.#waits % RETRY_EVERY === 0;
    this.#until = worth ? performance.now() + SPIN_MS : 0;
  }

  /** Whether to look once more. */
  get left(): boolean {
    return performance.now() < this.#until;
  }

  /** The wait ended: in time, or only after sleeping. */
  end(inTime: boolean): void {
    this.#credit = inTime ? Math.min(this.#credit + 1, CREDIT_MAX) : Math.max(this.#credit - 1, 0);
  }
}
