import { EventManagerError } from '../contract/index.js';
import { checkEndpoint } from './checks.js';
import type { Counters } from './counters.js';
import type { Delivery } from './delivery.js';
import { type HandlerFunction, toEndpointFunction } from './handler.js';
import type { Request } from './request.js';

interface Endpoint {
  readonly name: string;
  readonly call: HandlerFunction<Request | undefined>;
  live: boolean;
}

/** Names to which a message is sent, and not published: one handler each. */
export class Endpoints {
  readonly #delivery: Delivery;
  readonly #counters: Counters;
  readonly #most: number;
  readonly #byName = new Map<string, Endpoint>();

  constructor(delivery: Delivery, counters: Counters, most: number) {
    this.#delivery = delivery;
    this.#counters = counters;
    this.#most = most;
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  add(name: string, handler: unknown): void {
    checkEndpoint(name);
    const call = toEndpointFunction(name, handler);
    if (this.#byName.has(name)) {
      throw new EventManagerError(
        'ERR_ENDPOINT_EXISTS',
        `endpoint ${JSON.stringify(name)} is registered: deregister it first`,
      );
    }
    if (this.#byName.size >= this.#most) {
      throw new EventManagerError(
        'ERR_LIMIT_EXCEEDED',
        `there are ${this.#most} endpoints: deregister some, or raise \`endpointsMax\``,
      );
    }
    this.#byName.set(name, { name, call, live: true });
  }

  remove(name: string): boolean {
    const endpoint = this.#byName.get(name);
    if (!endpoint) return false;
    endpoint.live = false;
    return this.#byName.delete(name);
  }

  clear(): void {
    for (const name of this.names) this.remove(name);
  }

  /** @throws ERR_UNKNOWN_ENDPOINT */
  find(name: string): Endpoint {
    const endpoint = this.#byName.get(name) ?? this.#byName.get(checkEndpoint(name));
    if (!endpoint) throw unknownEndpoint(name);
    return endpoint;
  }

  get size(): number {
    return this.#byName.size;
  }

  send(to: string, message: unknown): void {
    const endpoint = this.find(to);
    this.#delivery.assertRoom();
    this.#counters.sent += 1;
    this.#delivery.post(() => {
      const { name, call } = endpoint;
      if (this.#delivery.taps.active) this.#delivery.tell({ kind: 'send', name, message });
      if (!endpoint.live) {
        this.#counters.dropped += 1;
        return;
      }
      this.#counters.delivered += 1;
      this.#delivery.attempt(name, undefined, () => call(message, undefined));
    });
  }

  /** The same for a message that is to be answered: what goes wrong is an answer too. */
  ask(endpoint: Endpoint, message: unknown, request: Request, isPending: () => boolean): void {
    const { name, call } = endpoint;
    const fail = (error: unknown) => {
      if (isPending()) request.fail(error);
      else throw error;
    };
    this.#delivery.post(() => {
      const { correlationId } = request;
      if (this.#delivery.taps.active) {
        this.#delivery.tell({ kind: 'request', name, message, correlationId });
      }
      if (!endpoint.live) {
        this.#counters.dropped += 1;
        request.fail(unknownEndpoint(name));
        return;
      }
      this.#counters.delivered += 1;
      this.#delivery.attempt(name, undefined, () => {
        try {
          const result = call(message, request);
          return isThenable(result) ? result.then(undefined, fail) : undefined;
        } catch (error) {
          return fail(error);
        }
      });
    });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

function unknownEndpoint(name: string): EventManagerError {
  return new EventManagerError(
    'ERR_UNKNOWN_ENDPOINT',
    `nobody is registered at endpoint ${JSON.stringify(name)}`,
  );
}
