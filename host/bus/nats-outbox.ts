import { setTimeout as delay, setImmediate as nextRound } from 'node:timers/promises';
import { EventManagerError } from '../contract/index.js';
import type { NatsConnection } from './nats-connection.js';

/** Messages that are sent before the server is asked whether it has them. */
const WINDOW = 1_024;
/** The client answers a question at the next attempt to connect; this is only not to spin. */
const RETRY_MS = 20;
/** So often the server may cut a connection that was up, before its messages are suspected. */
const CUTS = 3;
/** What a server says of a message that it can't read, before it closes the connection. */
const UNREADABLE = /control line|payload|parser|protocol operation|publish subject/i;

interface Letter {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** The client or the server doesn't take it, now or ever. */
  refused: boolean;
}

export interface NatsOutboxOptions {
  queueMax: number;
  queueBytesMax: number;
  /** Told of each message that is refused, and of those left when the connection ends. */
  report: (error: unknown) => void;
}

/**
 * Messages on their way to the server. The client forgets what it could not write when its
 * connection breaks; so each message is kept here until the server has answered a ping behind
 * it, and is sent again otherwise.
 *
 * Each message that was taken ends as one of confirmed, refused and lost. One that makes the
 * server close the connection is found by sending fewer at a time, and refused.
 */
export class NatsOutbox {
  /** Messages taken: confirmed + refused + lost + those that wait. */
  taken = 0;
  /** Messages that the server has confirmed. */
  confirmed = 0;
  /** Messages sent more than once, as the connection broke before they were confirmed. */
  resent = 0;
  /** Messages that the client or the server did not take. */
  refused = 0;
  /** Messages that were not taken here: the outbox was full. */
  overflowed = 0;
  /** Messages left when the connection ended, or when the bridge was closed. */
  lost = 0;
  /** Whether the connection is up, as the client tells. */
  up = true;

  readonly #connection: NatsConnection;
  readonly #options: NatsOutboxOptions;
  readonly #ended: Promise<unknown>;
  #letters: Letter[] = [];
  #bytes = 0;
  /** How many of the letters are not refused. */
  #waiting = 0;
  #pump: Promise<void> | undefined;
  /** How many are sent at a time: fewer after those that the server may have choked on. */
  #window = WINDOW;
  /** How often in a row a connection that was up was cut before the server had answered. */
  #cuts = 0;
  /** What the server has said since the latest batch was begun. */
  #complaint: Error | undefined;

  constructor(connection: NatsConnection, options: NatsOutboxOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#ended = connection.closed();
  }

  /** Messages that wait. */
  get size(): number {
    return this.#waiting;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Queues a message. @throws ERR_CLOSED, ERR_QUEUE_FULL, with which it was not taken */
  push(subject: string, payload: Uint8Array): void {
    if (this.#connection.isClosed()) throw ended();
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
    this.taken += 1;
    this.#waiting += 1;
    this.#bytes += payload.length;
    this.#pump ??= this.#run().finally(() => {
      this.#pump = undefined;
    });
  }

  /** Resolves once everything is confirmed or refused, or the connection has ended. */
  async drain(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
  }

  /** Gives up what is not confirmed. */
  abandon(): void {
    this.lost += this.#waiting;
    this.#waiting = 0;
    this.#letters = [];
    this.#bytes = 0;
  }

  /** The server has complained of something that was sent. */
  complain(error: Error & { operation?: string; subject?: string }): void {
    if (error.operation === undefined) this.#complaint = error;
    if (error.operation !== 'publish') return;
    const names = [error.subject, unescaped(error.subject)];
    const denied = this.#letters
      .slice(0, this.#window)
      .find(({ subject, refused }) => !refused && names.includes(subject));
    if (denied) this.#refuse(denied, error);
  }

  async #run(): Promise<void> {
    // What is published in one go is sent in one batch.
    await undefined;
    while (this.#letters.length > 0 && !this.#connection.isClosed()) await this.#sendBatch();
    if (this.#letters.length === 0) return;
    const text = `the connection to NATS ended with ${this.#waiting} messages unconfirmed`;
    this.abandon();
    this.#options.report(new EventManagerError('ERR_CLOSED', text));
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#letters.slice(0, this.#window);
    const wasUp = this.up;
    this.#complaint = undefined;
    for (const letter of batch) this.#send(letter);
    const answered = await this.#answered();
    // Given up, or ended, meanwhile.
    if (this.#connection.isClosed() || this.#letters[0] !== batch[0]) return;
    if (answered) {
      this.#confirm(batch);
      return;
    }
    this.resent += batch.filter(({ refused }) => !refused).length;
    if (wasUp) this.#suspect(batch);
    await delay(RETRY_MS);
  }

  /** Whether the server has read all that was sent. */
  async #answered(): Promise<boolean> {
    try {
      // When the connection is closed nobody answers any more.
      await Promise.race([this.#connection.flush(), this.#ended]);
      return true;
    } catch {
      return false;
    } finally {
      // What the server has said before it answered comes by another way.
      await nextRound();
    }
  }

  #confirm(batch: readonly Letter[]): void {
    this.#letters.splice(0, batch.length);
    for (const { payload, refused } of batch) {
      this.#bytes -= payload.length;
      if (refused) continue;
      this.confirmed += 1;
      this.#waiting -= 1;
    }
    this.#window = Math.min(this.#window * 2, WINDOW);
    this.#cuts = 0;
  }

  /** The connection was cut while these were on their way: by one of them? */
  #suspect(batch: readonly Letter[]): void {
    this.#cuts += 1;
    const complaint = this.#complaint;
    const told = complaint !== undefined && UNREADABLE.test(complaint.message);
    if (!told && this.#cuts < CUTS) return;
    if (this.#window === 1) this.#refuse(batch[0]!, complaint);
    this.#window = 1;
    this.#cuts = 0;
  }

  #send(letter: Letter): void {
    if (letter.refused || this.#connection.isClosed()) return;
    try {
      this.#connection.publish(letter.subject, letter.payload);
    } catch (error) {
      if (!this.#connection.isClosed()) this.#refuse(letter, error);
    }
  }

  #refuse(letter: Letter, cause: unknown): void {
    if (letter.refused) return;
    letter.refused = true;
    this.refused += 1;
    this.#waiting -= 1;
    const reason = cause instanceof Error ? cause.message : 'it cut the connection each time';
    const { subject } = letter;
    const short = subject.length > 100 ? `${subject.slice(0, 100)}…` : subject;
    this.#options.report(
      new EventManagerError(
        'ERR_MESSAGE_REFUSED',
        `NATS did not take a message on ${JSON.stringify(short)}: ${reason}`,
        { cause },
      ),
    );
  }
}

/** What is thrown once the connection has ended for good. */
export function ended(): EventManagerError {
  return new EventManagerError(
    'ERR_CLOSED',
    'the connection to NATS has ended, so that nothing is sent any more: make a new bridge',
  );
}

/** The server quotes a subject as a string of Go. */
function unescaped(subject: string | undefined): string | undefined {
  try {
    return JSON.parse(`"${subject}"`) as string;
  } catch {
    return undefined;
  }
}
