import { setTimeout as delay } from 'node:timers/promises';
import { EventManagerError } from '../contract/index.js';
import type { NatsConnection } from './nats-connection.js';

/** Messages that are sent before the server is asked whether it has them. */
const WINDOW = 1_024;
/** The client answers a question at the next attempt to connect; this is only not to spin. */
const RETRY_MS = 20;

interface Letter {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** The client doesn't take it, now or ever. */
  refused: boolean;
}

export interface OutboxOptions {
  queueMax: number;
  queueBytesMax: number;
  /** Told of a message that the client refuses, and of those left when the connection ends. */
  report: (error: unknown) => void;
}

/**
 * Messages on their way to the server. The client forgets what it could not write when its
 * connection breaks; so each message is kept here until the server has answered a ping behind
 * it, and is sent again otherwise.
 */
export class Outbox {
  /** Messages that the server has confirmed. */
  confirmed = 0;
  /** Messages sent more than once, as the connection broke before they were confirmed. */
  resent = 0;
  /** Messages that the client did not take. */
  refused = 0;
  /** Messages that were not taken here: the outbox was full. */
  overflowed = 0;
  /** Messages left when the connection ended. */
  lost = 0;

  readonly #connection: NatsConnection;
  readonly #options: OutboxOptions;
  readonly #ended: Promise<unknown>;
  #letters: Letter[] = [];
  #bytes = 0;
  #pump: Promise<void> | undefined;

  constructor(connection: NatsConnection, options: OutboxOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#ended = connection.closed();
  }

  get size(): number {
    return this.#letters.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Queues a message. @throws ERR_QUEUE_FULL, with which it was not taken */
  push(subject: string, payload: Uint8Array): void {
    const { queueMax, queueBytesMax } = this.#options;
    const full = this.#letters.length >= queueMax;
    if (full || this.#bytes + payload.length > queueBytesMax) {
      this.overflowed += 1;
      throw new EventManagerError(
        'ERR_QUEUE_FULL',
        `the bridge to NATS holds ${this.#letters.length} messages, ${this.#bytes} bytes, that ` +
          'the server has not confirmed: publish less at a time, or raise `queueMax` or ' +
          '`queueBytesMax`',
      );
    }
    this.#letters.push({ subject, payload, refused: false });
    this.#bytes += payload.length;
    this.#pump ??= this.#run().finally(() => {
      this.#pump = undefined;
    });
  }

  /** Resolves once everything is confirmed, or the connection has ended. */
  async drain(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
  }

  /** Gives up what is not confirmed. */
  abandon(): void {
    this.lost += this.#letters.length;
    this.#letters = [];
    this.#bytes = 0;
  }

  async #run(): Promise<void> {
    // What is published in one go is sent in one batch.
    await undefined;
    while (this.#letters.length > 0 && !this.#connection.isClosed()) await this.#sendBatch();
    if (this.#letters.length === 0) return;
    const text = `the connection to NATS ended with ${this.#letters.length} messages unconfirmed`;
    this.abandon();
    this.#options.report(new EventManagerError('ERR_CLOSED', text));
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#letters.slice(0, WINDOW);
    for (const letter of batch) this.#send(letter);
    try {
      // When the connection is closed nobody answers any more.
      await Promise.race([this.#connection.flush(), this.#ended]);
    } catch {
      if (this.#connection.isClosed()) return;
      this.resent += batch.filter(({ refused }) => !refused).length;
      await delay(RETRY_MS);
      return;
    }
    // Given up, or ended, meanwhile.
    if (this.#connection.isClosed() || this.#letters[0] !== batch[0]) return;
    this.#letters.splice(0, batch.length);
    for (const { payload, refused } of batch) {
      this.#bytes -= payload.length;
      this.confirmed += refused ? 0 : 1;
    }
  }

  #send(letter: Letter): void {
    if (letter.refused || this.#connection.isClosed()) return;
    try {
      this.#connection.publish(letter.subject, letter.payload);
    } catch (error) {
      if (this.#connection.isClosed()) return;
      letter.refused = true;
      this.refused += 1;
      this.#options.report(error);
    }
  }
}
