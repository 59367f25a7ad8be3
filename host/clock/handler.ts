import { invalidType, type TimeEvent } from '../contract/index.js';
import { deliver, type Handler, isHandler } from '../handlers/internal.js';

/** What it returns counts where it is a promise. */
export type TimeEventFunction = (event: TimeEvent) => unknown;

/** What was given as a handler, as a function. A `Handler` gets `ops` with each event. */
export function toFunction<O>(
  handler: TimeEventFunction | Handler<TimeEvent, O>,
  ops: O,
): TimeEventFunction {
  if (typeof handler === 'function') return handler;
  if (isHandler(handler)) return (event) => deliver(handler, event, ops);
  throw invalidType('A handler', 'a function, or made by js, wasm, native or remote', handler);
}
