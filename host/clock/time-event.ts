import { inspect } from 'node:util';

/** That a timer's time has come. Immutable, and safe to keep. */
export class TimeEvent {
  /** The timer's. */
  readonly name: string;
  /** When it was to happen: nanoseconds since 1970, exactly on the timer's grid. */
  readonly tsEvent: bigint;
  /** When it did, by the clock, in nanoseconds since 1970. */
  readonly tsInit: bigint;

  constructor(name: string, tsEvent: bigint, tsInit: bigint) {
    this.name = name;
    this.tsEvent = tsEvent;
    this.tsInit = tsInit;
  }

  [inspect.custom](): string {
    return `TimeEvent { ${JSON.stringify(this.name)}, tsEvent: ${this.tsEvent}, tsInit: ${this.tsInit} }`;
  }
}

/** Called with each event of a timer. */
export type TimeEventHandler = (event: TimeEvent) => void;
