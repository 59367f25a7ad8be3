import { EventManagerError, outOfRange } from '../contract/index.js';
import type { Counters } from './counters.js';
import type { Delivery } from './delivery.js';
import { Request } from './request.js';
import type { Timeouts } from './timeouts.js';

/** Gets the answer to a request: an error, or else a message. */
export type ResponseCallback<R = unknown> = (
  error: unknown,
  message: R | undefined,
  correlationId: number,
) => void;

interface Pending {
  readonly endpoint: string;
  readonly callback: ResponseCallback;
  stopTimeout: () => void;
}

/** The requests that wait for an answer, by correlation id. */
export class Requests {
  readonly #delivery: Delivery;
  readonly #counters: Counters;
  readonly #timeouts: Timeouts;
  readonly #most: number;
  readonly #pending = new Map<number, Pending>();
  #latest = 0;

  constructor(delivery: Delivery, counters: Counters, timeouts: Timeouts, most: number) {
    this.#delivery = delivery;
    this.#counters = counters;
    this.#timeouts = timeouts;
    this.#most = most;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Whether somebody waits for the answer. */
  has(id: number): boolean {
    return this.#pending.has(id);
  }

  /** Opens a request, whose callback is called once. */
  open(endpoint: string, timeoutMs: number, callback: ResponseCallback): Request {
    if (this.#pending.size >= this.#most) {
      throw new EventManagerError(
        'ERR_LIMIT_EXCEEDED',
        `${this.#most} requests wait for their answers: ask less at a time, give them shorter ` +
          'timeouts, or raise `requestsMax`',
      );
    }
    const id = this.#latest + 1;
    const pending: Pending = { endpoint, callback, stopTimeout: () => {} };
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      pending.stopTimeout = this.#timeouts.start(timeoutMs, () => this.#expire(id, timeoutMs));
    }
    this.#latest = id;
    this.#counters.requests += 1;
    this.#pending.set(id, pending);
    return new Request(id, endpoint, (error, message) => this.answer(id, error, message));
  }

  /** Delivers an answer, to which there is an error or a message: false when it came late. */
  answer(id: number, error: unknown, message: unknown): boolean {
    if (!Number.isInteger(id)) throw outOfRange('A correlation id', 'an integer', id);
    if (id < 1 || id > this.#latest) {
      throw new EventManagerError(
        'ERR_UNKNOWN_REQUEST',
        `there never was a request ${id} on this bus: is the answer for another?`,
      );
    }
    const pending = this.#take(id);
    if (!pending) {
      this.#counters.lateResponses += 1;
      return false;
    }
    const { endpoint: name } = pending;
    const deliver = () => {
      const delivery = this.#delivery;
      if (delivery.taps.active) {
        const tapped = { kind: 'response', name, message: error ?? message } as const;
        delivery.tell({ ...tapped, correlationId: id });
      }
      this.#counters.responses += 1;
      this.#call(id, pending, error, message);
    };
    // Not asked about the bounds: there are no more answers than requests.
    this.#delivery.post(deliver);
    return true;
  }

  /** Ends all of them with an error, at once. */
  close(error: () => unknown): void {
    for (const id of [...this.#pending.keys()]) {
      const pending = this.#take(id);
      if (pending) this.#call(id, pending, error(), undefined);
    }
  }

  #expire(id: number, timeoutMs: number): void {
    const pending = this.#take(id);
    if (!pending) return;
    this.#counters.timedOut += 1;
    const error = new EventManagerError(
      'ERR_TIMED_OUT',
      `no answer from ${JSON.stringify(pending.endpoint)} to request ${id} in ${timeoutMs} ms`,
    );
    this.#delivery.post(() => this.#call(id, pending, error, undefined));
  }

  #call(id: number, pending: Pending, error: unknown, message: unknown): void {
    this.#counters.delivered += 1;
    this.#delivery.attempt(pending.endpoint, undefined, () => pending.callback(error, message, id));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.stopTimeout();
    return pending;
  }
}
