/** What time it is, in the units that people use. */
export abstract class Timestamps {
  /** Nanoseconds since 1970. */
  abstract timestampNs(): bigint;

  /** Microseconds since 1970, rounded down. */
  timestampUs(): number {
    return Number(this.timestampNs() / 1_000n);
  }

  /** Milliseconds since 1970, rounded down, as `Date.now`. */
  timestampMs(): number {
    return Number(this.timestampNs() / 1_000_000n);
  }

  /** Seconds since 1970, with a fraction of microseconds. */
  timestamp(): number {
    return this.timestampUs() / 1e6;
  }

  /** The time as a `Date`, to the millisecond. */
  utcNow(): Date {
    return new Date(this.timestampMs());
  }
}
