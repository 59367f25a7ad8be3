import { invalidType } from '../errors.js';
import type { Request } from './request.js';

/**
 * Called with a message and the topic it was published on. Its promise, if it gives one, is
 * followed only to learn of its rejection.
 */
export type MessageHandler<T = unknown> = (message: T, topic: string) => unknown;

/** Called with a message that was sent to its endpoint, and with the request if it is one. */
export type EndpointHandler<T = unknown> = (message: T, request?: Request) => unknown;

/** What a handler comes down to. */
export type HandlerFunction = (message: unknown, about: unknown) => unknown;

/** The one place where what a user gives as a handler becomes a function. */
export function toFunction(handler: unknown): HandlerFunction {
  if (typeof handler === 'function') return handler as HandlerFunction;
  throw invalidType('A handler', 'a function', handler);
}
