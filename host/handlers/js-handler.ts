import { checkFlag, checkOptions, invalidType } from '../contract/index.js';
import { type ViewOf, viewOf } from './event-views.js';
import type { HandledEvent } from './events.js';

/** A function, or an object with a method of the name `call`. */
export type Callee<A extends unknown[]> = ((...args: A) => unknown) | { call(...args: A): unknown };

/**
 * A handler in JavaScript. It gets the event, and the `EventOps` of its subscriber, the clock or
 * the request. A read-only handler gets a frozen view instead, which ends with the call.
 */
export class JsHandler<E extends HandledEvent = HandledEvent, O = unknown> {
  readonly kind = 'js';
  readonly readOnly: boolean;
  readonly #call: (event: never, ops: O) => unknown;

  /** @internal See `js`. */
  constructor(callee: Callee<never>, readOnly: boolean) {
    if (typeof callee === 'function') {
      this.#call = callee as (event: never) => unknown;
    } else {
      if (typeof callee?.call !== 'function') {
        throw invalidType('A handler', 'a function, or an object with a method `call`', callee);
      }
      // By its name at each call, as methods are.
      this.#call = (event, ops) => (callee.call as (...args: unknown[]) => unknown)(event, ops);
    }
    this.readOnly = readOnly;
  }

  handle(event: E, ops: O): unknown {
    if (!this.readOnly) return this.#call(event as never, ops);
    const view = viewOf(event);
    try {
      return this.#call(view as never, undefined as O);
    } finally {
      view.revoke();
    }
  }
}

/**
 * A handler in JavaScript.
 *
 * @throws TypeError for what can't be called
 * @example
 * const counter = { count: 0, call(event: Events, ops: EventOps) { this.count += 1; } };
 * manager.addSubscriber(subscriberOf(js(counter), [new Events(bell, EventSet.IN)]));
 *
 * const log = js((event) => console.log(event.fd), { readOnly: true });
 */
export function js<E extends HandledEvent = HandledEvent>(
  callee: Callee<[event: ViewOf<E>]>,
  options: { readOnly: true },
): JsHandler<E, unknown>;
export function js<E extends HandledEvent = HandledEvent, O = unknown>(
  callee: Callee<[event: E, ops: O]>,
  options?: { readOnly?: false },
): JsHandler<E, O>;
export function js(callee: Callee<never>, options: { readOnly?: boolean } = {}): JsHandler {
  checkOptions('js', options, { readOnly: true });
  return new JsHandler(callee, checkFlag('readOnly', options.readOnly));
}
