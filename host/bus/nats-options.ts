import { invalidType } from '../contract/index.js';

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
  /** Messages that may wait for the server's confirmation. Default 65 536. */
  queueMax?: number;
  /** And their bytes. Default 64 MiB. */
  queueBytesMax?: number;
  /** Told of what nobody can be thrown at. Default: `process.emitWarning`. */
  onError?: (error: unknown) => void;
}

/** What a bridge has done, and how it stands. */
export interface NatsBridgeMetrics {
  readonly connected: boolean;
  readonly reconnects: number;
  /** Messages published on the bus. */
  readonly received: number;
  /** Messages from NATS that could not be decoded or published. */
  readonly undeliverable: number;
  /** Messages that wait for the server's confirmation, and their bytes. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly confirmed: number;
  readonly resent: number;
  readonly refused: number;
  readonly overflowed: number;
  readonly lost: number;
}
