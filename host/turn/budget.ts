import { INT32_MAX } from '../contract/index.js';
import type { GoOn } from './phase.js';

/** How much one turn may handle before it gives way. What is left comes first in the next. */
export interface Budget {
  /**
   * Handler calls for kernel events, 1 or more; and as many each for remote calls, injected
   * events, timers and messages.
   */
  events?: number;
  /** Time spent in handlers, checked after each. Each of those parts makes one call at least. */
  nanoseconds?: number;
}

/** What is left of a budget in the present turn. */
export class TurnBudget {
  /** With an infinity V8 would count the events in floating point. */
  readonly events: number;
  readonly timed: boolean;
  readonly goOn: GoOn = (calls) => calls < this.events && this.inTime;
  readonly #nanoseconds: number;
  readonly #clock: () => number;
  #deadline = 0;

  /** `clock` answers nanoseconds. */
  constructor({ events, nanoseconds }: Budget, clock: () => number) {
    this.events = Math.min(events ?? INT32_MAX, INT32_MAX);
    this.timed = nanoseconds !== undefined;
    this.#nanoseconds = nanoseconds ?? 0;
    this.#clock = clock;
  }

  /** Of a turn whose wait is over. */
  begin(): void {
    if (this.timed) this.#deadline = this.#clock() + this.#nanoseconds;
  }

  get inTime(): boolean {
    return !this.timed || this.#clock() < this.#deadline;
  }
}
