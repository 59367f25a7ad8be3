import { EventManagerError } from '../contract/index.js';
import { checkEndpoint } from './checks.js';
import type { Counters } from './counters.js';
import type { Delivery } from './delivery.js';
import { type HandlerFunction, toEndpointFunction } from './handler.js';
import type { Errand } from './levels.js';
import type { Request } from './request.js';

export interface Endpoint {
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
    const errand = new Sending(this.#delivery, this.#counters, endpoint, message);
    this.#counters.sent += 1;
    this.#delivery.post(errand);
  }

  /** What takes a request to its endpoint. What goes wrong there is an answer too. */
  asking(endpoint: Endpoint, message: unknown, request: Request, isPending: () => boolean): Errand {
    const { calls } = this.#delivery;
    const { name, call } = endpoint;
    const { correlationId } = request;
    const failed = (error: unknown, again = false) => {
      if (isPending()) request.fail(error);
      else if (!again) throw error;
    };
    const open = () => {
      if (calls.taps.active) calls.tell({ kind: 'request', name, message, correlationId });
      if (endpoint.live) {
        calls.errand(errand, name, call, message, request);
        return;
      }
      this.#counters.dropped += 1;
      request.fail(unknownEndpoint(name));
    };
    const errand = { taken: false, begun: false, open, failed };
    return errand;
  }
}

/** A message on its way to an endpoint. */
class Sending implements Errand {
  taken = false;
  begun = false;
  readonly #delivery: Delivery;
  readonly #counters: Counters;
  readonly #endpoint: Endpoint;
  readonly #message: unknown;

  constructor(delivery: Delivery, counters: Counters, endpoint: Endpoint, message: unknown) {
    this.#delivery = delivery;
    this.#counters = counters;
    this.#endpoint = endpoint;
    this.#message = message;
  }

  open(): void {
    const { name, call, live } = this.#endpoint;
    const { calls } = this.#delivery;
    const message = this.#message;
    if (calls.taps.active) calls.tell({ kind: 'send', name, message });
    if (live) calls.errand(this, name, call, message, undefined);
    else this.#counters.dropped += 1;
  }
}

function unknownEndpoint(name: string): EventManagerError {
  return new EventManagerError(
    'ERR_UNKNOWN_ENDPOINT',
    `nobody is registered at endpoint ${JSON.stringify(name)}`,
  );
}
