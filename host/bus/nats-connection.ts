import { EventManagerError, invalidType } from '../contract/index.js';
import { requirePackage } from '../sys/index.js';
import type { Origin } from './subscription.js';

// What is needed of a connection of the NATS client, declared here, so that the types of this
// package hold where that one isn't installed.

export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
}

export interface NatsSubscription {
  unsubscribe(): void;
  drain(): Promise<void>;
}

/** What happens to a connection. `stop` ends the iteration. */
export interface NatsStatus extends AsyncIterable<{ type: string; error?: Error }> {
  stop?(): void;
}

/** A `NatsConnection` of the package @nats-io/transport-node, or of another of its family. */
export interface NatsConnection {
  publish(subject: string, payload: Uint8Array): void;
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: NatsMessage) => void },
  ): NatsSubscription;
  flush(): Promise<void>;
  close(): Promise<void>;
  closed(): Promise<unknown>;
  isClosed(): boolean;
  status(): NatsStatus;
  /** What the server has said of itself. */
  readonly info?: { server_id?: string; cluster?: string } | undefined;
}

/** Options of the client's `connect`, passed through. */
export interface NatsConnectOptions {
  /** Such as '127.0.0.1:4222'. */
  servers?: string | string[];
  [option: string]: unknown;
}

/** A connection, and whether the bridge has made it. */
export interface OpenConnection {
  readonly connection: NatsConnection;
  readonly own: boolean;
}

/**
 * Takes a connection as it is, or makes one that reconnects for ever and doesn't get its own
 * messages back.
 */
export async function openConnection(
  given: NatsConnection | NatsConnectOptions,
): Promise<OpenConnection> {
  if (typeof given !== 'object' || given === null) {
    throw invalidType('What is bridged to', 'a NATS connection, or options for one', given);
  }
  if (isConnection(given)) return { connection: given, own: false };
  const { connect } = loadClient();
  const options = { maxReconnectAttempts: -1, reconnectTimeWait: 250, ...given, noEcho: true };
  return { connection: await connect(options), own: true };
}

/** Whether the server sends a connection's own messages back to it, as far as can be seen. */
export function echoes(connection: NatsConnection): boolean {
  const { options } = connection as { options?: { noEcho?: boolean } };
  return options !== undefined && options.noEcho !== true;
}

/**
 * Where a bridge's messages come from. Two bridges of one bus to one server or cluster are one
 * place: what the first brings would be sent back by the second. So are two of which it can't be
 * seen.
 */
export class NatsOrigin implements Origin {
  readonly #connection: NatsConnection;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  meets(other: Origin): boolean {
    if (other === this || !(other instanceof NatsOrigin)) return other === this;
    const [one, two] = [networkOf(this.#connection), networkOf(other.#connection)];
    return one === undefined || two === undefined || one === two;
  }
}

function networkOf({ info }: NatsConnection): string | undefined {
  return info?.cluster ?? info?.server_id;
}

function isConnection(given: object): given is NatsConnection {
  return typeof (given as NatsConnection).publish === 'function';
}

interface Client {
  connect(options: NatsConnectOptions): Promise<NatsConnection>;
}

function loadClient(): Client {
  try {
    return requirePackage('@nats-io/transport-node') as Client;
  } catch (cause) {
    throw new EventManagerError(
      'ERR_MISSING_PEER',
      'a bridge to NATS needs its client: `npm install @nats-io/transport-node`, or pass a ' +
        'connection',
      { cause },
    );
  }
}
