import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { closedEndpointError } from './remote-error.js';

/** Answers that came by port, each with the number of the call it belongs to. */
export class Inbox {
  readonly #port: MessagePort;
  readonly #isExpected: (sequence: number) => boolean;
  /** What came before it was asked for. */
  readonly #early = new Map<number, unknown>();

  constructor(port: MessagePort, isExpected: (sequence: number) => boolean) {
    this.#port = port;
    this.#isExpected = isExpected;
  }

  /** The answer to a call, which was posted. Those to calls that were given up are dropped. */
  take(wanted: number): unknown {
    if (this.#early.has(wanted)) {
      const value = this.#early.get(wanted);
      this.#early.delete(wanted);
      return value;
    }
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      // A port that was closed forgets what it had.
      if (!received) throw closedEndpointError();
      const { sequence, value } = received.message as { sequence: number; value: unknown };
      if (sequence === wanted) return value;
      if (this.#isExpected(sequence)) this.#early.set(sequence, value);
    }
  }
}
