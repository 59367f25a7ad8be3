import { isThenable } from '../contract/index.js';
import type { GoOn } from '../turn/index.js';
import type { Counters } from './counters.js';
import type { Faults } from './faults.js';
import type { HandlerFunction } from './handler.js';
import type { Errand } from './levels.js';
import type { Round } from './round.js';
import type { Subscription } from './subscription.js';
import { type TappedMessage, Taps } from './taps.js';

/** Calls handlers and taps. What one of them throws is a fault, and costs the others nothing. */
export class Calls {
  readonly taps = new Taps();
  /** Asked after each call whether there may be more; undefined where there is no limit. */
  goOn: GoOn | undefined;
  /** The calls of the present delivery. */
  made = 0;
  readonly #counters: Counters;
  readonly #faults: Faults;
  /** Told of rejections, which come after the delivery. */
  readonly #settle: () => void;

  constructor(counters: Counters, faults: Faults, settle: () => void) {
    this.#counters = counters;
    this.#faults = faults;
    this.#settle = settle;
  }

  get mayGoOn(): boolean {
    return this.goOn === undefined || this.goOn(this.made);
  }

  /** Calls those on a round who have not been called. False when it has to stop. */
  round(round: Round, list: readonly Subscription[], message: unknown, name: string): boolean {
    const { origin } = round;
    const { goOn } = this;
    let calls = 0;
    try {
      while (round.at < list.length) {
        const subscription = list[round.at]!;
        round.at += 1;
        if (!subscription.live) continue;
        if (origin !== undefined && subscription.origin?.meets(origin)) continue;
        calls += 1;
        try {
          const result = subscription.call(message, name);
          if (result !== undefined) this.follow(result, name, subscription);
        } catch (error) {
          this.#faults.noted.push({ error, name, subscription });
        }
        if (goOn !== undefined && !goOn(this.made + calls)) return false;
      }
    } finally {
      if (calls > 0) round.reached = true;
      this.made += calls;
      this.#counters.delivered += calls;
    }
    // A message that nobody had takes its time too.
    return calls > 0 || this.mayGoOn;
  }

  /** Makes the one call that an errand is for. */
  errand<A>(errand: Errand, name: string, call: HandlerFunction<A>, message: unknown, about: A) {
    errand.begun = true;
    this.made += 1;
    this.#counters.delivered += 1;
    const { failed } = errand;
    try {
      const result = call(message, about);
      if (result === undefined) return;
      if (failed !== undefined && isThenable(result)) {
        this.follow(
          result.then(undefined, (error) => failed(error)),
          name,
          undefined,
        );
      } else {
        this.follow(result, name, undefined);
      }
    } catch (error) {
      try {
        if (failed === undefined) throw error;
        failed(error);
      } catch (thrown) {
        // Else the stack is at its end: it is tried again where it isn't.
        const later = thrown === error ? undefined : failed;
        this.#faults.noted.push({ error, name, subscription: undefined, failed: later });
      }
    }
  }

  /** Shows a message to the taps, which can do no harm. */
  tell(tapped: TappedMessage): void {
    const { name } = tapped;
    for (const tap of this.taps.list()) {
      try {
        const result: unknown = tap(tapped);
        if (result !== undefined) this.follow(result, name, undefined);
      } catch (error) {
        this.#faults.noted.push({ error, name, subscription: undefined });
      }
    }
  }

  /** What a handler has returned, which may be a promise. */
  follow(result: unknown, name: string, subscription: Subscription | undefined): void {
    this.#faults.follow(result, (error) => {
      this.#faults.noted.push({ error, name, subscription });
      this.#settle();
    });
  }
}
