import {
  type EventOps,
  type EventSubscriber,
  type Events,
  invalidType,
} from '../contract/index.js';
import type { HandledEvent } from './events.js';
import { JsHandler } from './js-handler.js';
import { NativeHandler } from './native-handler.js';
import { RemoteHandler } from './remote-handler.js';
import { WasmHandler } from './wasm-handler.js';

/**
 * Who handles an event, in whichever language. `handle` passes the event in the style of its kind:
 * to `js` as it is, or as a view; to `wasm` as scalars, or as a struct in the guest's memory; to
 * `native` as a struct; to `remote` as a posted object.
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
 * A subscriber whose events a handler gets, of any kind.
 *
 * @param interests what it watches; more can be added by ops
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
    process: (events, ops) => handler.handle(events, ops) as void | Promise<void>,
  };
}
