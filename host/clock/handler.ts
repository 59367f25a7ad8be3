import { invalidType, type TimeEvent } from '../contract/index.js';
import { deliver, type GuestInstance, type Handler, isHandler } from '../handlers/internal.js';

/** What it returns counts where it is a promise. */
export type TimeEventFunction = (event: TimeEvent) => unknown;

/** Whose functions the handlers in Wasm are. */
const guests = new WeakMap<TimeEventFunction, GuestInstance>();

/** The guest that a function of `toFunction` calls, if any. */
export function guestOf(handler: TimeEventFunction): GuestInstance | undefined {
  return guests.get(handler);
}

/** What was given as a handler, as a function. A `Handler` gets `ops` with each event. */
export function toFunction<O>(
  handler: TimeEventFunction | Handler<TimeEvent, O>,
  ops: O,
): TimeEventFunction {
  if (typeof handler === 'function') return handler;
  if (!isHandler(handler)) {
    throw invalidType('A handler', 'a function, or made by js, wasm, native or remote', handler);
  }
  const call: TimeEventFunction = (event) => deliver(handler, event, ops);
  if (handler.kind === 'wasm') guests.set(call, handler.guest);
  return call;
}
