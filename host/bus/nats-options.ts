import { invalidType, type OptionNames } from '../contract/index.js';

/** How messages become bytes, and back. */
export interface PayloadCodec {
  encode(message: unknown, topic: string): Uint8Array;
  decode(payload: Uint8Array, subject: string): unknown;
}

/** The default: JSON, in UTF-8. */
export const JSON_CODEC: PayloadCodec = Object.freeze({
  encode(message: unknown, topic: string): Uint8Array {
    const text = JSON.stringify(message);
    if (text === undefined) throw invalidType(`A message on ${topic}`, 'JSON', message);
    return Buffer.from(text);
  },
  decode: (payload: Uint8Array): unknown => JSON.parse(Buffer.from(payload).toString()),
});

export interface NatsBridgeOptions {
  /** Patterns of the bus, whose messages are sent to NATS. */
  outgoing?: readonly string[];
  /** NATS subjects, `*` and `>` allowed, whose messages are published on the bus. */
  incoming?: readonly string[];
  /** From a topic to a subject. Default: the same. */
  toSubject?: (topic: string) => string;
  /** From a subject to a topic. Default: the same. */
  toTopic?: (subject: string) => string;
  /** Default: JSON. */
  codec?: PayloadCodec;
  /**
   * Messages that may wait for the server's confirmation, and so many again for room on the bus.
   * Default 65 536.
   */
  queueMax?: number;
  /** And their bytes, each way. Default 64 MiB. */
  queueBytesMax?: number;
  /** Told of what nobody can be thrown at. Default: `process.emitWarning`. */
  onError?: (error: unknown) => void;
}

export const BRIDGE_OPTIONS: OptionNames<NatsBridgeOptions> = {
  outgoing: true,
  incoming: true,
  toSubject: true,
  toTopic: true,
  codec: true,
  queueMax: true,
  queueBytesMax: true,
  onError: true,
};

/** What a bridge has done, and how it stands. */
export interface NatsBridgeMetrics {
  /** Whether the server answers, and has the subscriptions. */
  readonly connected: boolean;
  readonly reconnects: number;
  /** Messages published on the bus. */
  readonly received: number;
  /** Messages from NATS that could not be decoded or published, or that nobody had room for. */
  readonly undeliverable: number;
  /** Messages from NATS that wait for room in the bus's queue. */
  readonly held: number;
  /** Messages taken to be sent: confirmed + refused + lost + queued. */
  readonly taken: number;
  /** Messages that wait for the server's confirmation, and their bytes. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly confirmed: number;
  /** Messages sent again, since the connection broke before they were confirmed. */
  readonly resent: number;
  /** Messages that the client or the server did not take: `onError` is told why. */
  readonly refused: number;
  /** Messages given up: the connection ended, or the bridge was closed. */
  readonly lost: number;
  /** Messages not taken, as too many wait: the publisher was told. */
  readonly overflowed: number;
  /** Messages not taken for another reason: no subject, no payload, the connection has ended. */
  readonly rejected: number;
}
