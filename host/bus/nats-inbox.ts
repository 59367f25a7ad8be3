import { EventManagerError } from '../contract/index.js';
import type { MessageBus } from './message-bus.js';
import { partsOf } from './message-bus.js';
import type { NatsMessage } from './nats-connection.js';
import type { PayloadCodec } from './nats-options.js';
import type { Origin } from './subscription.js';

export interface NatsInboxOptions {
  queueMax: number;
  queueBytesMax: number;
  codec: PayloadCodec;
  toTopic: ((subject: string) => string) | undefined;
  /** Whom the messages come from: they are not sent back there. */
  origin: Origin;
  report: (error: unknown) => void;
}

/**
 * Messages on their way from the server to a bus. NATS can't be asked to wait: what the bus has
 * no room for is kept here until it has, up to a limit.
 */
export class NatsInbox {
  /** Messages published on the bus. */
  received = 0;
  /** Messages that could not be decoded or published, or that nobody had room for. */
  undeliverable = 0;
  readonly #bus: MessageBus;
  readonly #options: NatsInboxOptions;
  readonly #stopSeeking: () => void;
  #held: NatsMessage[] = [];
  #bytes = 0;
  /** How many of those that are held are published by now. */
  #published = 0;
  /** How many were dropped in the present run. */
  #dropped = 0;
  #emptied: (() => void)[] = [];

  constructor(bus: MessageBus, options: NatsInboxOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#stopSeeking = partsOf(bus).delivery.watchers.onRoom(() => this.#publishHeld());
  }

  /** Messages that wait for room in the bus's queue. */
  get size(): number {
    return this.#held.length - this.#published;
  }

  /** Never throws: the client would take it for a failure of its own. */
  receive(message: NatsMessage): void {
    const { delivery } = partsOf(this.#bus);
    if (this.size === 0 && delivery.hasRoom) {
      this.#publish(message);
      return;
    }
    const { queueMax, queueBytesMax } = this.#options;
    const bytes = message.data.length;
    if (this.size >= queueMax || this.#bytes + bytes > queueBytesMax) {
      this.#drop();
      return;
    }
    this.#held.push(message);
    this.#bytes += bytes;
  }

  /** Resolves once nothing waits any more. */
  async drain(): Promise<void> {
    this.#publishHeld();
    if (this.size === 0) return;
    await new Promise<void>((resolve) => void this.#emptied.push(resolve));
  }

  /** Counts what waits as undeliverable. */
  close(): void {
    this.#stopSeeking();
    this.undeliverable += this.size;
    this.#empty();
    this.#reportDropped();
  }

  #publishHeld(): void {
    const { delivery } = partsOf(this.#bus);
    while (this.size > 0 && delivery.hasRoom) {
      const message = this.#held[this.#published]!;
      this.#published += 1;
      this.#bytes -= message.data.length;
      this.#publish(message);
    }
    if (this.size > 0) return;
    this.#empty();
    this.#reportDropped();
  }

  #empty(): void {
    this.#held = [];
    this.#published = 0;
    this.#bytes = 0;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }

  #publish({ subject, data }: NatsMessage): void {
    const { toTopic, codec, origin } = this.#options;
    const { directory, delivery, counters } = partsOf(this.#bus);
    const published = counters.published;
    try {
      const topic = directory.topic(toTopic ? toTopic(subject) : subject);
      delivery.publish(topic, codec.decode(data, subject), origin);
    } catch (error) {
      // Else it was published, and a handler has thrown.
      if (counters.published === published) this.undeliverable += 1;
      this.#options.report(error);
    }
    if (counters.published !== published) this.received += 1;
  }

  /** The first of a run is reported, and at its end their number (S53). */
  #drop(): void {
    this.undeliverable += 1;
    this.#dropped += 1;
    if (this.#dropped === 1) this.#options.report(this.#full('a message from NATS was dropped'));
  }

  #reportDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 1) this.#options.report(this.#full(`${dropped} messages from NATS were dropped`));
  }

  #full(what: string): EventManagerError {
    return new EventManagerError(
      'ERR_QUEUE_FULL',
      `${what}: the bus's queue is full, and the bridge held ${this.#options.queueMax} messages, ` +
        'or as many bytes as it may: let the manager have its turns, or raise `queueMax`',
    );
  }
}
