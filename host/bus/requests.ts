import { EventManagerError, outOfRange } from '../contract/index.js';
import type { Counters } from './counters.js';
import type { Delivery } from './delivery.js';
import type { Endpoints } from './endpoints.js';
import type { Errand } from './levels.js';
import { Request } from './request.js';
import type { Timeouts } from './timeouts.js';

/** Its `then` has no frame of JavaScript: it works where the stack has just overflown. */
const SOON = Promise.resolve();
/** Gets the answer to a request: an error, or else a message. */
export type ResponseCallback<R = unknown> = (
  error: unknown,
  message: R | undefined,
  correlationId: number,
) => void;

interface Pending {
  readonly endpoint: string;
  readonly callback: ResponseCallback;
  /** What takes the request to the endpoint's handler. */
  readonly errand: Errand;
  stopTimeout: () => void;
}

type Answer = () => { error: unknown; message: unknown };

/** The requests that wait for an answer, by correlation id. */
export class Requests {
  readonly #endpoints: Endpoints;
  readonly #delivery: Delivery;
  readonly #counters: Counters;
  readonly #timeouts: Timeouts;
  readonly #most: number;
  readonly #pending = new Map<number, Pending>();
  /** Those whose answer waits to be delivered. */
  readonly #answered = new Map<number, Pending>();
  /** Endpoints whose silence was told. */
  readonly #silent = new Set<string>();
  #latest = 0;

  constructor(
    endpoints: Endpoints,
    delivery: Delivery,
    counters: Counters,
    timeouts: Timeouts,
    most: number,
  ) {
    this.#endpoints = endpoints;
    this.#delivery = delivery;
    this.#counters = counters;
    this.#timeouts = timeouts;
    this.#most = most;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Sends a request, whose callback is called once: its correlation id. */
  ask(to: string, message: unknown, timeoutMs: number, callback: ResponseCallback): number {
    const endpoint = this.#endpoints.find(to);
    this.#delivery.assertRoom();
    if (this.#pending.size >= this.#most) throw tooMany(this.#most);
    const id = this.#latest + 1;
    const answer = (error: unknown, reply: unknown) => this.answer(id, error, reply);
    const request = new Request(id, to, answer);
    const isPending = () => this.#pending.has(id);
    const errand = this.#endpoints.asking(endpoint, message, request, isPending);
    const pending: Pending = { endpoint: to, callback, errand, stopTimeout: nothing };
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      pending.stopTimeout = this.#timeouts.start(timeoutMs, () => this.#expire(id, timeoutMs));
    }
    this.#latest = id;
    this.#counters.requests += 1;
    this.#pending.set(id, pending);
    try {
      this.#delivery.post(errand);
    } catch (error) {
      // The stack was at its end before it was taken: nobody will answer.
      if (!errand.taken && this.#pending.delete(id)) {
        this.#counters.requests -= 1;
        SOON.then(pending.stopTimeout);
      }
      throw error;
    }
    return id;
  }

  /** Delivers an answer, to which there is an error or a message: false when it came late. */
  answer(id: number, error: unknown, message: unknown): boolean {
    if (!Number.isInteger(id)) throw outOfRange('A correlation id', 'an integer', id);
    if (id < 1 || id > this.#latest) throw unknownRequest(id);
    const pending = this.#pending.get(id);
    if (!pending) {
      this.#counters.lateResponses += 1;
      return false;
    }
    // Not asked about the bounds: there are no more answers than requests.
    this.#end(id, pending, 'responses', () => ({ error, message }));
    return true;
  }

  /** Ends all of them with an error, at once; those too whose answer waits to be delivered. */
  close(error: () => unknown): void {
    for (const requests of [this.#pending, this.#answered]) {
      for (const [id, pending] of requests) {
        stopTimeout(pending);
        const errand = { taken: true, begun: false, open: nothing };
        const call = () => pending.callback(error(), undefined, id);
        requests.delete(id);
        try {
          this.#delivery.calls.errand(errand, pending.endpoint, call, undefined, undefined);
        } finally {
          if (!errand.begun) requests.set(id, pending);
        }
      }
    }
  }

  #expire(id: number, timeoutMs: number): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#tellSilence(pending, id);
    try {
      const late = () => ({ error: timedOut(pending.endpoint, id, timeoutMs), message: undefined });
      this.#end(id, pending, 'timedOut', late);
    } finally {
      // A clock that is advanced at the end of the stack: the timer is gone, the request isn't.
      if (this.#pending.has(id)) SOON.then(() => this.#expire(id, timeoutMs));
    }
  }

  /** The caller learns of the timeout; who wrote the endpoint's handler would not, otherwise. */
  #tellSilence({ endpoint, errand }: Pending, id: number): void {
    if (!errand.begun || this.#silent.has(endpoint)) return;
    this.#silent.add(endpoint);
    const name = JSON.stringify(endpoint);
    process.emitWarning(`the handler of endpoint ${name} left request ${id} without an answer`, {
      type: 'UnansweredRequestWarning',
      code: 'UNANSWERED_REQUEST',
      detail: 'Have it call `respond` or `fail`, or throw. This endpoint is not told of again.',
    });
  }

  /** Takes a request away and has its answer delivered: both, or, as the stack ends, none. */
  #end(id: number, pending: Pending, counted: 'responses' | 'timedOut', answer: Answer): void {
    const { calls } = this.#delivery;
    const { endpoint: name, callback } = pending;
    const open = () => {
      // Before the call, so that nothing but the callback can fail in it.
      const { error, message } = answer();
      if (calls.taps.active && counted === 'responses') {
        const tapped = { kind: 'response', name, message: error ?? message } as const;
        calls.tell({ ...tapped, correlationId: id });
      }
      const call = () => {
        this.#answered.delete(id);
        this.#counters[counted] += 1;
        return callback(error, message, id);
      };
      calls.errand(errand, name, call, undefined, undefined);
    };
    const errand: Errand = { taken: false, begun: false, open };
    this.#answered.set(id, pending);
    this.#pending.delete(id);
    try {
      this.#delivery.post(errand);
    } finally {
      if (errand.taken) {
        stopTimeout(pending);
      } else {
        this.#pending.set(id, pending);
        this.#answered.delete(id);
      }
    }
  }
}

/** At the end of the stack it is stopped a little later. */
function stopTimeout({ stopTimeout: stop }: Pending): void {
  let stopped = false;
  try {
    stop();
    stopped = true;
  } finally {
    if (!stopped) SOON.then(stop);
  }
}

function nothing(): void {}

function tooMany(most: number): EventManagerError {
  return new EventManagerError(
    'ERR_LIMIT_EXCEEDED',
    `${most} requests wait for their answers: ask less at a time, give them shorter ` +
      'timeouts, or raise `requestsMax`',
  );
}

function unknownRequest(id: number): EventManagerError {
  return new EventManagerError(
    'ERR_UNKNOWN_REQUEST',
    `there never was a request ${id} on this bus: is the answer for another?`,
  );
}

function timedOut(endpoint: string, id: number, timeoutMs: number): EventManagerError {
  return new EventManagerError(
    'ERR_TIMED_OUT',
    `no answer from ${JSON.stringify(endpoint)} to request ${id} in ${timeoutMs} ms`,
  );
}
