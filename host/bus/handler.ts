import { EventManagerError, invalidType } from '../contract/index.js';
import {
  deliver,
  isHandler,
  type JsHandler,
  Message,
  type RemoteHandler,
  type WasmHandler,
} from '../handlers/internal.js';
import type { Request } from './request.js';

/** A handler in another style or language. C functions are for fds and timers: see `native`. */
export type BusHandler<T, O> = JsHandler<Message<T>, O> | WasmHandler | RemoteHandler;

/**
 * A function that is called with a message and its topic, or a `Handler`, which gets a `Message`.
 * If the function returns a promise, the bus does not wait, and treats a rejection as an error.
 */
export type MessageHandler<T = unknown> =
  | ((message: T, topic: string) => unknown)
  | BusHandler<T, unknown>;

/**
 * A function that is called with a message sent to its endpoint, and with the `Request` if there is
 * one; or a `Handler`. One in JavaScript gets the request in place of ops; the number that one in
 * Wasm returns is the answer; a remote one cannot answer.
 */
export type EndpointHandler<T = unknown> =
  | ((message: T, request?: Request) => unknown)
  | BusHandler<T, Request | undefined>;

/** What a handler comes down to. */
export type HandlerFunction<A> = (message: unknown, about: A) => unknown;

/** What a subscriber gave, as a function. */
export function toMessageFunction(handler: unknown): HandlerFunction<string> {
  if (typeof handler === 'function') return handler as HandlerFunction<string>;
  const checked = checkBusHandler(handler);
  return (message, topic) => deliver(checked, new Message(topic, message), undefined);
}

/** What an endpoint was registered with, as a function. */
export function toEndpointFunction(
  name: string,
  handler: unknown,
): HandlerFunction<Request | undefined> {
  if (typeof handler === 'function') return handler as HandlerFunction<Request | undefined>;
  const checked = checkBusHandler(handler);
  return (message, request) => {
    if (request && checked.kind === 'remote') throw unanswerable(name);
    const result = checked.handle(new Message(name, message), request);
    if (request && checked.kind === 'wasm') request.respond(result);
    return result;
  };
}

/** The one place that says which kinds a bus takes. */
function checkBusHandler(handler: unknown): BusHandler<unknown, unknown> {
  if (isHandler(handler) && handler.kind !== 'native') return handler;
  throw invalidType('A handler', 'a function, or one of the kinds js, wasm and remote', handler);
}

function unanswerable(name: string): EventManagerError {
  return new EventManagerError(
    'ERR_NOT_ANSWERABLE',
    `endpoint ${JSON.stringify(name)} is a remote handler, which is posted to: \`send\` to it, ` +
      'or have a function there that calls the remote endpoint and responds',
  );
}
