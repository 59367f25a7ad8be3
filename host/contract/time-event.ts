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

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    const { name, tsEvent, tsInit } = this;
    return `TimeEvent { ${JSON.stringify(name)}, tsEvent: ${tsEvent}, tsInit: ${tsInit} }`;
  }
}
