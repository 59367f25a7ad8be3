import type { Clock } from '../clock/internal.js';
import type { Chosen } from './options.js';

const MS = 1_000_000n;

/** When a guest that faulted may begin anew: later each time, and only so often. */
export class Restarts {
  readonly #policy: Chosen['restart'];
  readonly #clock: Clock;
  /** When it was begun anew, within the window. */
  #times: bigint[] = [];
  #cancel: (() => void) | undefined;

  constructor(policy: Chosen['restart'], clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** Has `restart` called after its back-off; false where there is to be no restart. */
  schedule(restart: () => void): boolean {
    if (!this.#policy) return false;
    const { backoffMs, maxBackoffMs, max, windowMs } = this.#policy;
    const now = this.#clock.timestampNs();
    this.#times = this.#times.filter((time) => now - time < BigInt(windowMs) * MS);
    if (this.#times.length >= max) return false;
    const delay = Math.min(backoffMs * 2 ** this.#times.length, maxBackoffMs);
    this.#times.push(now);
    this.#cancel = this.#clock.callAfter(BigInt(Math.round(delay)) * MS, () => {
      this.#cancel = undefined;
      restart();
    });
    return true;
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
