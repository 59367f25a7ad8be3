import { inspect } from 'node:util';
import { checkOptions, type EventSubscriber, invalidType } from '../contract/index.js';
import { EventManager } from '../manager/index.js';
import { checkPattern, checkTimeoutMs, isWild } from './checks.js';
import type { BusCounters } from './counters.js';
import type { Delivery } from './delivery.js';
import type { Directory } from './directory.js';
import type { EndpointHandler, MessageHandler } from './handler.js';
import {
  chooseManager,
  type MessageBusOptions,
  REQUEST_OPTIONS,
  REQUEST_TIMEOUT_DEFAULT_MS,
  type RequestOptions,
  SUBSCRIBE_OPTIONS,
  type SubscribeOptions,
} from './options.js';
import { Parts } from './parts.js';
import type { ResponseCallback } from './requests.js';
import type { Subscription } from './subscription.js';
import type { Tap } from './taps.js';
import { Topic } from './topic.js';

/** The inside of a bus, for its bridges. Not exported from the package. */
export let partsOf: (bus: MessageBus) => Parts;

/**
 * Carries messages between parts of a program that don't know each other. `publish` reaches every
 * subscription whose pattern matches the topic; `send` reaches an endpoint, which is one handler.
 *
 * A bus without an event manager delivers before `publish` returns. A bus with an event manager
 * delivers in that manager's turns, as their last part; a message that is published while a turn
 * runs is delivered in the next turn. In both, messages that handlers publish or send are
 * delivered after the message that the handlers are handling, level by level. Messages are not
 * copied: handlers share them.
 *
 * In a pattern, `*` matches any run of characters, dots included, also an empty run. `?` matches
 * exactly one character (code point). There is no other syntax.
 *
 * @example
 * const bus = new MessageBus();
 * bus.subscribe('prices.*', (price: Price, topic) => console.log(topic, price), { priority: 1 });
 * bus.publish('prices.oil', { bid: 71.2, ask: 71.3 });
 */
export class MessageBus implements Disposable {
  readonly #parts: Parts;
  readonly #directory: Directory;
  readonly #delivery: Delivery;

  static {
    partsOf = (bus) => bus.#parts;
  }

  /** @throws ERR_CLOSED for a closed manager; EMFILE for a manager's first bus */
  constructor(options?: MessageBusOptions);
  constructor(
    manager: EventManager<never> | EventManager<EventSubscriber>,
    options?: MessageBusOptions,
  );
  constructor(
    first: EventManager<never> | EventManager<EventSubscriber> | MessageBusOptions = {},
    second: MessageBusOptions = {},
  ) {
    const [manager, options] = first instanceof EventManager ? [first, second] : [undefined, first];
    this.#parts = new Parts(chooseManager(manager, options), options);
    this.#directory = this.#parts.directory;
    this.#delivery = this.#parts.delivery;
  }

  /**
   * Calls a handler with each message on a topic that matches the pattern, from the next message
   * on. In a handler: the message that is being delivered doesn't reach the new subscription.
   * A wild pattern is compared with each topic seen, 6 ns each; `publish` then sorts the handlers.
   * @throws TypeError, RangeError for a pattern that is empty or longer than 2²⁰ units;
   * ERR_SUBSCRIPTION_EXISTS for the same handler at the same pattern; ERR_LIMIT_EXCEEDED;
   * ERR_OUT_OF_MEMORY
   */
  subscribe<T = unknown>(
    pattern: string,
    handler: MessageHandler<T>,
    options: SubscribeOptions = {},
  ): Subscription {
    this.#parts.assertOpen();
    checkOptions('a subscription', options, SUBSCRIBE_OPTIONS);
    return this.#parts.subscriptions.add(pattern, handler, options.priority ?? 0);
  }

  /** Ends a subscription, at once. Returns false if there was none. */
  unsubscribe<T = unknown>(pattern: string, handler: MessageHandler<T>): boolean {
    return this.#directory.find(pattern, handler)?.unsubscribe() ?? false;
  }

  /**
   * Publishes a message to every subscription whose pattern matches, from high priority to low, and
   * equal ones in the order in which they were made. If a handler throws, the others still get it.
   * In a handler: the message waits until the current one, and those queued before, are delivered.
   * A topic's first message is compared with all patterns.
   *
   * @throws TypeError, RangeError for a topic that is empty, wild or longer than 4 096 units;
   * ERR_PUBLISH_TOO_DEEP and ERR_QUEUE_FULL, with which the message was not taken; what handlers
   * threw; ERR_CLOSED
   */
  publish<T = unknown>(topic: string, message: T): void {
    this.#delivery.publish(this.#directory.topic(topic), message);
  }

  /** A topic as an object, which publishes without looking its name up. */
  topic<T = unknown>(name: string): Topic<T> {
    this.#parts.assertOpen();
    return new Topic(this.#delivery, this.#directory, this.#directory.topic(name));
  }

  /**
   * Makes a handler an endpoint. Any string that isn't empty is a name; it has no wildcards.
   * @throws ERR_ENDPOINT_EXISTS; ERR_LIMIT_EXCEEDED
   */
  register<T = unknown>(endpoint: string, handler: EndpointHandler<T>): void {
    this.#parts.assertOpen();
    this.#parts.endpoints.add(endpoint, handler);
  }

  /** Removes an endpoint, at once. False if there was none. */
  deregister(endpoint: string): boolean {
    return this.#parts.endpoints.remove(endpoint);
  }

  /**
   * Sends a message to an endpoint. When and from where, as `publish`.
   *
   * @throws ERR_UNKNOWN_ENDPOINT; else as `publish`
   */
  send<T = unknown>(endpoint: string, message: T): void {
    this.#parts.assertOpen();
    this.#parts.endpoints.send(endpoint, message);
  }

  /**
   * Sends a message to an endpoint and waits for the answer: the endpoint's handler gets a
   * `Request` beside the message, to `respond` or `fail`, now or later. When the handler throws
   * or its promise is rejected, that is the answer.
   *
   * @returns a promise of the answer; with `callback` the correlation id
   * @throws ERR_UNKNOWN_ENDPOINT; ERR_TIMED_OUT; ERR_LIMIT_EXCEEDED; ERR_CLOSED; else as
   * `publish`. A promise is rejected with them.
   */
  request<R = unknown, T = unknown>(
    endpoint: string,
    message: T,
    options: RequestOptions<R> & { callback: ResponseCallback<R> },
  ): number;
  request<R = unknown, T = unknown>(
    endpoint: string,
    message: T,
    options?: RequestOptions<R> & { callback?: never },
  ): Promise<R>;
  request<R>(
    endpoint: string,
    message: unknown,
    options: RequestOptions<R> = {},
  ): number | Promise<R> {
    const callback = options?.callback;
    const ask = (call: ResponseCallback<R>) => {
      this.#parts.assertOpen();
      const { timeoutMs } = checkOptions('a request', options, REQUEST_OPTIONS);
      const limit = checkTimeoutMs(timeoutMs ?? REQUEST_TIMEOUT_DEFAULT_MS);
      return this.#parts.requests.ask(endpoint, message, limit, call as ResponseCallback);
    };
    if (callback !== undefined) {
      if (typeof callback !== 'function') throw invalidType('callback', 'a function', callback);
      return ask(callback);
    }
    return new Promise((resolve, reject) => {
      ask((error, answer) => (error === undefined ? resolve(answer as R) : reject(error)));
    });
  }

  /**
   * Answers a request by its correlation id, as its `respond` does.
   * @throws ERR_UNKNOWN_REQUEST for an id that was never given out
   */
  response<T = unknown>(correlationId: number, message: T): boolean {
    return this.#parts.requests.answer(correlationId, undefined, message);
  }

  /**
   * Calls `tap` with every message, right before the message is delivered, also if nobody gets it.
   * Returns a function that ends this.
   */
  tap(tap: Tap): () => void {
    this.#parts.assertOpen();
    if (typeof tap !== 'function') throw invalidType('A tap', 'a function', tap);
    return this.#delivery.calls.taps.add(tap);
  }

  /** Whether this handler is subscribed with this pattern. */
  isSubscribed<T = unknown>(pattern: string, handler: MessageHandler<T>): boolean {
    return this.#directory.find(pattern, handler) !== undefined;
  }

  /**
   * Whether a message on a topic would reach somebody; for a pattern with wildcards, whether
   * somebody has subscribed with it; without either, whether there are subscriptions at all.
   */
  hasSubscribers(topicOrPattern?: string): boolean {
    if (topicOrPattern === undefined) return this.#parts.subscriptions.size > 0;
    const text = checkPattern(topicOrPattern);
    if (isWild(text)) return this.#directory.has(text);
    return this.#directory.subscribersOf(this.#directory.topic(text)).length > 0;
  }

  isRegistered(endpoint: string): boolean {
    return this.#parts.endpoints.has(endpoint);
  }

  /** The topics that are known: published on, or asked about. At most `topicsMax`. */
  get topics(): string[] {
    return this.#directory.topics;
  }

  /** The patterns that are subscribed to, those without wildcards too. */
  get patterns(): string[] {
    return this.#directory.patterns;
  }

  get endpoints(): string[] {
    return this.#parts.endpoints.names;
  }

  get counters(): BusCounters {
    return this.#parts.read();
  }

  /**
   * Ends all subscriptions and endpoints, drops queued messages, and rejects open requests with
   * ERR_CLOSED. A bus is closed with its event manager. In a handler it takes effect at once.
   */
  close(): void {
    this.#parts.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    return this.#parts.print();
  }
}
