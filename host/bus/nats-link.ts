import type { NatsConnection, NatsStatus } from './nats-connection.js';

/** Who sends: told how the connection is. */
interface Sender {
  up: boolean;
  complain(error: Error): void;
}

/** How a connection stands, as its client tells. */
export class NatsLink {
  /** Whether the server answers, and has the subscriptions. */
  connected = true;
  reconnects = 0;
  readonly #connection: NatsConnection;
  readonly #sender: Sender;
  #status: NatsStatus | undefined;

  constructor(connection: NatsConnection, sender: Sender) {
    this.#connection = connection;
    this.#sender = sender;
    void connection.closed().then(() => {
      this.connected = false;
    });
  }

  /** Until the connection ends, or `close`. */
  async follow(): Promise<void> {
    this.#status = this.#connection.status();
    for await (const { type, error } of this.#status) {
      if (type === 'error' && error) this.#sender.complain(error);
      if (type === 'disconnect' || type === 'close') {
        this.connected = false;
        this.#sender.up = false;
      }
      if (type !== 'reconnect') continue;
      this.reconnects += 1;
      this.#sender.up = true;
      void this.#greet(this.reconnects);
    }
  }

  close(): void {
    this.connected = false;
    this.#status?.stop?.();
  }

  /** The server reads what it is sent in order: once it answers, it has the subscriptions. */
  async #greet(reconnects: number): Promise<void> {
    const answered = await this.#connection.flush().then(
      () => true,
      () => false,
    );
    if (!answered || reconnects !== this.reconnects) return;
    this.connected = !this.#connection.isClosed();
  }
}
