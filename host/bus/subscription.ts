import { inspect } from 'node:util';
import { printed } from '../contract/index.js';
import type { HandlerFunction } from './handler.js';

/** Where messages come from that are not to go back there. */
export interface Origin {
  /** Whether what comes from another origin mustn't go to this one. */
  meets(other: Origin): boolean;
}

/** A handler's place at a pattern, as `subscribe` answers it. */
export class Subscription implements Disposable {
  readonly pattern: string;
  /** Higher ones are served first, equals in the order in which they subscribed. */
  readonly priority: number;
  /** @internal What the user gave. */
  readonly handler: unknown;
  /** @internal */
  readonly call: HandlerFunction<string>;
  /** @internal Rises from one subscription of a bus to the next. */
  readonly order: number;
  /** @internal What comes from here isn't sent back to it. */
  readonly origin: Origin | undefined;
  /** @internal */
  live = true;
  readonly #remove: (subscription: Subscription) => void;

  /** @internal */
  constructor(
    place: { pattern: string; priority: number; order: number; origin?: Origin | undefined },
    handler: unknown,
    call: HandlerFunction<string>,
    remove: (subscription: Subscription) => void,
  ) {
    this.pattern = place.pattern;
    this.priority = place.priority;
    this.order = place.order;
    this.origin = place.origin;
    this.handler = handler;
    this.call = call;
    this.#remove = remove;
  }

  /** Whether it still gets messages. */
  get active(): boolean {
    return this.live;
  }

  /**
   * Ends it at once: a message that is being delivered doesn't reach it any more. Answers
   * whether there was something to end.
   */
  unsubscribe(): boolean {
    if (!this.live) return false;
    this.#remove(this);
    return true;
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    const { pattern, priority, active } = this;
    const level = priority !== 0 && `priority: ${priority}`;
    return printed('Subscription', JSON.stringify(pattern), level, active ? 'active' : 'ended');
  }
}

export function byPriorityAndOrder(a: Subscription, b: Subscription): number {
  return b.priority - a.priority || a.order - b.order;
}
