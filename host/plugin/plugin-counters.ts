import type { FaultKind } from './fault.js';

/** Calls of up to 2ⁿ ns each have a bucket. */
const BUCKETS = 40;

/** How long the calls of a guest took. */
export interface CallTimes {
  readonly totalMs: number;
  readonly longestMs: number;
  /** Half of the calls took no longer, to a factor of two. */
  readonly p50Ms: number;
  /** 99 of 100 calls took no longer, to a factor of two. */
  readonly p99Ms: number;
}

/** What a plugin has done, over all of its restarts. */
export class PluginCounters {
  calls = 0;
  events = 0;
  restarts = 0;
  reloads = 0;
  readonly faults: Partial<Record<FaultKind, number>> = {};
  #totalMs = 0;
  #longestMs = 0;
  readonly #buckets = new Float64Array(BUCKETS);

  note(events: number, milliseconds: number): void {
    this.calls += 1;
    this.events += events;
    this.#totalMs += milliseconds;
    if (milliseconds > this.#longestMs) this.#longestMs = milliseconds;
    const bucket = 32 - Math.clz32(milliseconds * 1e6);
    this.#buckets[bucket] = this.#buckets[bucket]! + 1;
  }

  fault(kind: FaultKind): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1;
  }

  get times(): CallTimes {
    return {
      totalMs: this.#totalMs,
      longestMs: this.#longestMs,
      p50Ms: this.#quantile(0.5),
      p99Ms: this.#quantile(0.99),
    };
  }

  #quantile(share: number): number {
    let seen = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count;
      if (count > 0 && seen >= share * this.calls) {
        return Math.min(2 ** bucket / 1e6, this.#longestMs);
      }
    }
    return 0;
  }
}
