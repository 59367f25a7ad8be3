import { inspect } from 'node:util';

/** That a timer's time has come. Immutable, and safe to keep. */
export class TimeEvent {
  /** The timer's. */
  readonly name: string;
  /** When it was to happen: nanoseconds since 1970, exactly on the timer's grid. */
  readonly tsEvent: bigint;
  /** When it did, by the clock, in nanoseconds since 1970. */
  readonly tsInit: bigint;
  /** How many events of the timer it stands for: more than 1 with `missed: 'coalesce'` alone. */
  readonly count: number;

  constructor(name: string, tsEvent: bigint, tsInit: bigint, count = 1) {
    this.name = name;
    this.tsEvent = tsEvent;
    this.tsInit = tsInit;
    this.count = count;
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    const { name, tsEvent, tsInit, count } = this;
    const several = count === 1 ? '' : `, count: ${count}`;
    const times = `tsEvent: ${tsEvent}, tsInit: ${tsInit}`;
    return `TimeEvent { ${JSON.stringify(name)}, ${times}${several} }`;
  }
}
