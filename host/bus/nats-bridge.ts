import { setTimeout as delay } from 'node:timers/promises';
import { checkCount, checkOptions, EventManagerError } from '../contract/index.js';
import { checkPattern, checkTimeoutMs } from './checks.js';
import { type MessageBus, partsOf } from './message-bus.js';
import {
  echoes,
  type NatsConnection,
  type NatsConnectOptions,
  type NatsMessage,
  NatsOrigin,
  type NatsSubscription,
  type OpenConnection,
  openConnection,
} from './nats-connection.js';
import { NatsInbox } from './nats-inbox.js';
import { NatsLink } from './nats-link.js';
import {
  BRIDGE_OPTIONS,
  JSON_CODEC,
  type NatsBridgeMetrics,
  type NatsBridgeOptions,
  type PayloadCodec,
} from './nats-options.js';
import { ended, NatsOutbox } from './nats-outbox.js';
import { checkSubject, checkSubscriptions } from './nats-subject.js';
import type { Subscription } from './subscription.js';

const CLOSE_TIMEOUT_DEFAULT_MS = 5_000;

/**
 * Joins a bus to NATS, and so to the buses of other processes.
 *
 * What is published on the bus under an outgoing pattern is sent once, and kept until the server
 * has confirmed it: across a lost connection, which the client makes anew, nothing is lost that
 * was taken, but some may be sent twice. Each message taken ends as one of `confirmed`, `refused`,
 * of which `onError` hears the reason, and `lost`. When too much waits `publish` throws
 * ERR_QUEUE_FULL; once the connection has ended for good, ERR_CLOSED.
 *
 * What comes in while a managed bus's queue is full waits here, up to `queueMax`. What comes in is
 * not sent out again, neither by this bridge nor by another of this bus to the same server or
 * cluster; what one of two such bridges sends, the other brings in once, if it is subscribed to it.
 * The client runs in Node's own loop: a manager has to be attached, or run in short turns.
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
  checkOptions('a bridge', options, BRIDGE_OPTIONS);
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
  let bridge: NatsBridge | undefined;
  try {
    bridge = new NatsBridge(bus, open, options);
    bridge.start();
    // What others publish from now on comes in: the server has the subscriptions.
    if (incoming.length > 0) await open.connection.flush();
  } catch (error) {
    if (bridge) await bridge.close({ timeoutMs: 0 }).catch(() => {});
    else if (open.own) await open.connection.close();
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
  readonly #origin: NatsOrigin;
  readonly #outbox: NatsOutbox;
  readonly #inbox: NatsInbox;
  readonly #link: NatsLink;
  readonly #outgoing: Subscription[] = [];
  readonly #incoming: NatsSubscription[] = [];
  #rejected = 0;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(bus: MessageBus, open: OpenConnection, options: NatsBridgeOptions) {
    this.#bus = bus;
    this.#open = open;
    this.#options = options;
    this.#codec = options.codec ?? JSON_CODEC;
    this.#origin = new NatsOrigin(open.connection);
    const bounds = {
      queueMax: checkCount('queueMax', options.queueMax ?? 65_536, 1, 2 ** 24),
      queueBytesMax: checkCount('queueBytesMax', options.queueBytesMax ?? 2 ** 26, 1, 2 ** 40),
      report: (error: unknown) => this.#report(error),
    };
    this.#outbox = new NatsOutbox(open.connection, bounds);
    this.#link = new NatsLink(open.connection, this.#outbox);
    const { toTopic } = options;
    this.#inbox = new NatsInbox(bus, {
      ...bounds,
      toTopic,
      codec: this.#codec,
      origin: this.#origin,
    });
  }

  /** @internal */
  start(): void {
    const { outgoing = [], incoming = [] } = this.#options;
    const { subscriptions } = partsOf(this.#bus);
    const { connection } = this.#open;
    const send = (message: unknown, topic: string) => this.#send(topic, message);
    // Of several subscriptions of one origin a topic has only the first.
    for (const pattern of outgoing)
      this.#outgoing.push(subscriptions.add(pattern, send, 0, this.#origin));
    for (const subject of incoming) {
      const callback = (error: Error | null, message: NatsMessage) =>
        error === null ? this.#inbox.receive(message) : this.#report(error);
      this.#incoming.push(connection.subscribe(subject, { callback }));
    }
    this.#link.follow().catch((error: unknown) => this.#report(error));
    void connection.closed().then((error) => this.#end(error));
  }

  get metrics(): NatsBridgeMetrics {
    const { size: queued, bytes: queuedBytes, taken, confirmed, resent } = this.#outbox;
    const { refused, overflowed, lost } = this.#outbox;
    const { received, undeliverable, size: held } = this.#inbox;
    return {
      connected: this.#link.connected,
      reconnects: this.#link.reconnects,
      rejected: this.#rejected,
      ...{ received, undeliverable, held },
      ...{ taken, queued, queuedBytes, confirmed, resent, refused, overflowed, lost },
    };
  }

  /**
   * Resolves once all that was published until now is confirmed or refused, or the connection has
   * ended. On a manager's bus that takes the manager's turns.
   */
  async flush(): Promise<void> {
    await this.#reached(() => {});
    await this.#outbox.drain();
  }

  /**
   * Sends what was published until now, but nothing more, waits until the server has confirmed it,
   * and closes the connection if the bridge has made it. What has come in and waits for room on
   * the bus is published. Idempotent.
   *
   * @throws ERR_TIMED_OUT when that took longer than `timeoutMs`, 5 000 by default: the bridge is
   * closed then too, and what was not confirmed is lost, and counted
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    checkOptions('close', options, { timeoutMs: true });
    const timeoutMs = checkTimeoutMs(options.timeoutMs ?? CLOSE_TIMEOUT_DEFAULT_MS);
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What goes wrong here is thrown at the one who publishes. */
  #send(topic: string, message: unknown): void {
    const overflowed = this.#outbox.overflowed;
    try {
      const { toSubject } = this.#options;
      const subject = checkSubject(toSubject ? toSubject(topic) : topic);
      this.#outbox.push(subject, this.#codec.encode(message, topic));
    } catch (error) {
      if (this.#outbox.overflowed === overflowed) this.#rejected += 1;
      throw error;
    }
  }

  /** The connection has ended for good. The outbox tells it where it had something to send. */
  #end(error: unknown): void {
    if (this.#closing || this.#outbox.size > 0) return;
    this.#report(error instanceof Error ? error : ended());
  }

  async #close(timeoutMs: number): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    const limit = timeoutMs === Number.POSITIVE_INFINITY ? [] : [expired(timeoutMs, signal)];
    const inTime = await Promise.race([this.#drain(), ...limit]);
    stop.abort();
    this.#stopSending();
    const before = this.#outbox.lost;
    if (!inTime) this.#outbox.abandon();
    this.#inbox.close();
    this.#link.close();
    if (this.#open.own) await this.#open.connection.close();
    else for (const subscription of this.#incoming) subscription.unsubscribe();
    if (inTime) return;
    throw new EventManagerError(
      'ERR_TIMED_OUT',
      `the server has not confirmed ${this.#outbox.lost - before} messages within ${timeoutMs} ms`,
    );
  }

  async #drain(): Promise<true> {
    // In its place among the messages: those before it are sent, and no others.
    await this.#reached(() => this.#stopSending());
    // Without a connection a subscription can't be drained; it ends with the connection.
    await Promise.allSettled(this.#incoming.map((subscription) => subscription.drain()));
    await this.#inbox.drain();
    await this.#outbox.drain();
    return true;
  }

  #reached(then: () => void): Promise<void> {
    const { delivery } = partsOf(this.#bus);
    return delivery.watchers.reached(delivery, then);
  }

  #stopSending(): void {
    for (const subscription of this.#outgoing) subscription.unsubscribe();
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
