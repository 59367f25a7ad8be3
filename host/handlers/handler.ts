import {
  type EventOps,
  type EventSubscriber,
  type Events,
  invalidType,
} from '../contract/index.js';
import type { HandledEvent } from './events.js';
import type { GuestUser } from './guest-instance.js';
import { JsHandler } from './js-handler.js';
import { NativeHandler } from './native-handler.js';
import { RemoteHandler } from './remote-handler.js';
import { WasmHandler } from './wasm-handler.js';

/**
 * A handler in any of the four kinds. `handle` passes the event in the form of its kind: `js` gets
 * the event itself or a view, `wasm` numbers or a struct in the guest's memory, `native` a struct,
 * `remote` a posted object.
 */
export type Handler<E extends HandledEvent = HandledEvent, O = unknown> =
  | JsHandler<E, O>
  | WasmHandler
  | NativeHandler
  | RemoteHandler;

export function isHandler(value: unknown): value is Handler {
  return (
    value instanceof JsHandler ||
    value instanceof WasmHandler ||
    value instanceof NativeHandler ||
    value instanceof RemoteHandler
  );
}

/**
 * Has a handler handle what nobody waits for. One whose guest has trapped throws that once, and is
 * silent from then on: what it was called for ends.
 */
export function deliver<E extends HandledEvent, O>(
  handler: Handler<E, O>,
  event: E,
  ops: O,
): unknown {
  if (handler.kind !== 'wasm' || !handler.over) return handler.handle(event, ops);
  handler.guest.dismiss();
  return undefined;
}

/**
 * Makes a subscriber that passes its events to a handler of any kind.
 *
 * @param interests the fds that the subscriber watches; a handler can add more by `ops`
 * @throws TypeError
 */
export function subscriberOf(
  handler: Handler<Events, EventOps>,
  interests: Iterable<Events> = [],
): EventSubscriber {
  if (!isHandler(handler)) {
    throw invalidType('A handler', 'made by `js`, `wasm`, `native` or `remote`', handler);
  }
  return new HandlerSubscriber(handler, [...interests]);
}

class HandlerSubscriber implements EventSubscriber, GuestUser {
  readonly #handler: Handler<Events, EventOps>;
  readonly #interests: readonly Events[];
  /** Of each manager that it is in. */
  #handles: EventOps[] = [];

  constructor(handler: Handler<Events, EventOps>, interests: readonly Events[]) {
    this.#handler = handler;
    this.#interests = interests;
    if (handler.kind === 'wasm') handler.guest.usedBy(this);
  }

  init(ops: EventOps): void {
    ops.addAll(this.#interests);
    if (this.#handler.kind === 'wasm') this.#handles.push(ops);
  }

  process(events: Events, ops: EventOps): void | Promise<void> {
    return deliver(this.#handler, events, ops) as void | Promise<void>;
  }

  /** Nobody is there any more to read what makes a fd ready, for ever. */
  dismiss(): void {
    for (const ops of this.#handles) {
      try {
        ops.removeAll();
      } catch (error) {
        if (!isOver(error)) throw error;
      }
    }
    this.#handles = [];
  }

  /** From one of the managers: the handles of the others stay. */
  unsubscribed(): void {
    this.#handles = this.#handles.filter(isInUse);
  }
}

/** Whether the subscriber of a handle is one still. */
function isInUse(ops: EventOps): boolean {
  try {
    ops.interest(0);
    return true;
  } catch {
    return false;
  }
}

function isOver(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ERR_CLOSED' || code === 'ERR_INVALID_ID';
}
