import { invalidType, type TimeEvent } from '../contract/index.js';
import { type Handler, isHandler } from '../handlers/internal.js';
import type { Clock } from './clock.js';

export type TimeEventFunction = (event: TimeEvent) => void;

/** Called with each event of a timer; or a `Handler`, of any kind, which gets the clock as ops. */
export type TimeEventHandler = TimeEventFunction | Handler<TimeEvent, Clock>;

/** What was given as a handler, as a function. */
export function toFunction(handler: TimeEventHandler, clock: Clock): TimeEventFunction {
  if (typeof handler === 'function') return handler;
  if (isHandler(handler)) return (event) => void handler.handle(event as never, clock as never);
  throw invalidType('A handler', 'a function, or made by js, wasm, native or remote', handler);
}
