import {
  type EventOps,
  type EventSubscriber,
  type Events,
  invalidType,
  isGone,
} from '../contract/index.js';
import type { HandledEvent } from './events.js';
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
 * silent from then on.
 */
export function deliver<E extends HandledEvent, O>(
  handler: Handler<E, O>,
  event: E,
  ops: O,
): unknown {
  return handler.kind === 'wasm' && handler.over ? undefined : handler.handle(event, ops);
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
  const watched = [...interests];
  return {
    init: (ops) => ops.addAll(watched),
    process: (events, ops) => {
      try {
        return deliver(handler, events, ops) as void | Promise<void>;
      } finally {
        if (handler.kind === 'wasm' && handler.over) leave(events, ops);
      }
    },
  };
}

/** Nobody is there any more to read what makes a fd ready, for ever. */
function leave({ fd }: Events, ops: EventOps): void {
  try {
    ops.remove(fd);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
