import { setTimeout as delay } from 'node:timers/promises';
import { checkCount, EventManagerError } from '../contract/index.js';
import { checkPattern, checkTimeoutMs } from './checks.js';
import { type MessageBus, partsOf } from './message-bus.js';
import {
  echoes,
  type NatsConnection,
  type NatsConnectOptions,
  type NatsMessage,
  type NatsStatus,
  type NatsSubscription,
  type OpenConnection,
  openConnection,
} from './nats-connection.js';
import {
  JSON_CODEC,
  type NatsBridgeMetrics,
  type NatsBridgeOptions,
  type PayloadCodec,
} from './nats-options.js';
import { Outbox } from './nats-outbox.js';
import { checkSubject, checkSubscriptions } from './nats-subject.js';
import type { Subscription } from './subscription.js';

const CLOSE_TIMEOUT_DEFAULT_MS = 5_000;

/**
 * Connects a bus to NATS, and so to the buses of other processes.
 *
 * The bridge sends each message that is published under an outgoing pattern once, and keeps it
 * until the server has confirmed it. If the connection is lost, the client connects again: no
 * message that the bridge took is lost, but some may be sent twice. If too many messages wait,
 * `publish` throws ERR_QUEUE_FULL. Messages that come in are not sent out again. The client runs
 * in Node's own loop: attach the event manager, or run it in short turns.
 *
 * @throws ERR_MISSING_PEER where the client isn't installed; what the client throws when it can't
 * connect; TypeError, RangeError; ERR_WOULD_ECHO for a connection without `noEcho` both ways
 *
 * @example
 * const bridge = await bridgeNats(bus, { servers: '127.0.0.1:4222' }, {
 *   outgoing: ['orders.*'],
 *   incoming: ['prices.>'],
 * });
 * await bridge.close();
 */
export async function bridgeNats(
  bus: MessageBus,
  connectionOrOptions: NatsConnection | NatsConnectOptions,
  options: NatsBridgeOptions,
): Promise<NatsBridge> {
  const { outgoing = [], incoming = [] } = options;
  for (const pattern of outgoing) checkPattern(pattern);
  checkSubscriptions(incoming);
  partsOf(bus).assertOpen();
  const open = await openConnection(connectionOrOptions);
  if (outgoing.length > 0 && incoming.length > 0 && echoes(open.connection)) {
    throw new EventManagerError(
      'ERR_WOULD_ECHO',
      'what the bridge sends would come back to it: connect with `noEcho: true`',
    );
  }
  const bridge = new NatsBridge(bus, open, options);
  try {
    bridge.start();
    // What others publish from now on comes in: the server has the subscriptions.
    if (incoming.length > 0) await open.connection.flush();
  } catch (error) {
    await bridge.close({ timeoutMs: 0 });
    throw error;
  }
  return bridge;
}

/** A bridge that stands, until `close`. */
export class NatsBridge implements AsyncDisposable {
  readonly #bus: MessageBus;
  readonly #open: OpenConnection;
  readonly #options: NatsBridgeOptions;
  readonly #codec: PayloadCodec;
  readonly #outbox: Outbox;
  readonly #outgoing: Subscription[] = [];
  readonly #incoming: NatsSubscription[] = [];
  #connected = true;
  #reconnects = 0;
  #received = 0;
  #undeliverable = 0;
  #status: NatsStatus | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(bus: MessageBus, open: OpenConnection, options: NatsBridgeOptions) {
    this.#bus = bus;
    this.#open = open;
    this.#options = options;
    this.#codec = options.codec ?? JSON_CODEC;
    this.#outbox = new Outbox(open.connection, {
      queueMax: checkCount('queueMax', options.queueMax ?? 65_536, 1, 2 ** 24),
      queueBytesMax: checkCount('queueBytesMax', options.queueBytesMax ?? 2 ** 26, 1, 2 ** 40),
      report: (error) => this.#report(error),
    });
  }

  /** @internal */
  start(): void {
    const { outgoing = [], incoming = [] } = this.#options;
    const { subscriptions } = partsOf(this.#bus);
    const send = (message: unknown, topic: string) => this.#send(topic, message);
    // Of several subscriptions of one origin a topic has only the first.
    for (const pattern of outgoing) this.#outgoing.push(subscriptions.add(pattern, send, 0, this));
    for (const subject of incoming) {
      const callback = (error: Error | null, message: NatsMessage) =>
        error === null ? this.#receive(message) : this.#report(error);
      this.#incoming.push(this.#open.connection.subscribe(subject, { callback }));
    }
    this.#follow().catch((error: unknown) => this.#report(error));
  }

  get metrics(): NatsBridgeMetrics {
    const { size: queued, bytes: queuedBytes, confirmed, resent } = this.#outbox;
    const { refused, overflowed, lost } = this.#outbox;
    return {
      connected: this.#connected,
      reconnects: this.#reconnects,
      received: this.#received,
      undeliverable: this.#undeliverable,
      ...{ queued, queuedBytes, confirmed, resent, refused, overflowed, lost },
    };
  }

  /** Resolves once the server has confirmed all that was published until now. */
  flush(): Promise<void> {
    return this.#outbox.drain();
  }

  /**
   * Takes no more messages, waits until the server has confirmed the ones that were taken, and
   * closes the connection if the bridge has made it. Idempotent.
   *
   * @throws ERR_TIMED_OUT when that took longer than `timeoutMs`, 5 000 by default: the bridge is
   * closed then too, and what was not confirmed is lost, and counted
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    const timeoutMs = checkTimeoutMs(options.timeoutMs ?? CLOSE_TIMEOUT_DEFAULT_MS);
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What goes wrong here is thrown at the one who publishes. */
  #send(topic: string, message: unknown): void {
    const { toSubject } = this.#options;
    const subject = checkSubject(toSubject ? toSubject(topic) : topic);
    this.#outbox.push(subject, this.#codec.encode(message, topic));
  }

  /** Never throws: the client would take it for a failure of its own. */
  #receive({ subject, data }: NatsMessage): void {
    const { toTopic } = this.#options;
    const { directory, delivery, counters } = partsOf(this.#bus);
    const published = counters.published;
    try {
      const topic = directory.topic(toTopic ? toTopic(subject) : subject);
      delivery.publish(topic, this.#codec.decode(data, subject), this);
    } catch (error) {
      // Else it was published, and a handler has thrown.
      if (counters.published === published) this.#undeliverable += 1;
      this.#report(error);
    }
    if (counters.published !== published) this.#received += 1;
  }

  async #follow(): Promise<void> {
    this.#status = this.#open.connection.status();
    for await (const { type } of this.#status) {
      if (type === 'disconnect' || type === 'close') this.#connected = false;
      if (type !== 'reconnect') continue;
      this.#connected = true;
      this.#reconnects += 1;
    }
  }

  async #close(timeoutMs: number): Promise<void> {
    for (const subscription of this.#outgoing) subscription.unsubscribe();
    const stop = new AbortController();
    const { signal } = stop;
    const limit = timeoutMs === Number.POSITIVE_INFINITY ? [] : [expired(timeoutMs, signal)];
    const inTime = await Promise.race([this.#drain(), ...limit]);
    stop.abort();
    if (!inTime) this.#outbox.abandon();
    this.#status?.stop?.();
    if (this.#open.own) await this.#open.connection.close();
    this.#connected = false;
    if (inTime) return;
    throw new EventManagerError(
      'ERR_TIMED_OUT',
      `the server has not confirmed ${this.#outbox.lost} messages within ${timeoutMs} ms`,
    );
  }

  async #drain(): Promise<true> {
    // Without a connection a subscription can't be drained; it ends with the connection.
    await Promise.allSettled(this.#incoming.map((subscription) => subscription.drain()));
    await this.#outbox.drain();
    return true;
  }

  #report(error: unknown): void {
    const { onError } = this.#options;
    if (onError) onError(error);
    else process.emitWarning(error instanceof Error ? error : String(error));
  }
}

async function expired(milliseconds: number, signal: AbortSignal): Promise<false> {
  await delay(milliseconds, undefined, { signal }).catch(() => {});
  return false;
}
