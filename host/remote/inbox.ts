import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Transferable } from './transfer.js';

/** What goes by port: values too large or too rich for a slot, and the call they belong to. */
interface Parcel {
  sequence: number;
  value: unknown;
}

export function postParcel(
  port: MessagePort,
  sequence: number,
  value: unknown,
  list: Transferable[],
): void {
  const parcel: Parcel = { sequence, value };
  port.postMessage(parcel, list);
}

/** Thrown for a call whose parcel is not there: the port was closed, and forgets what it had. */
export class NothingReceived extends Error {}

/** In a stack that is full, no parcel can be read: after so many it is the stack's fault. */
const UNREADABLE_MAX = 64;

/** Parcels that came by port, each for the call that it belongs to. */
export class Inbox {
  readonly #port: MessagePort;
  readonly #isExpected: (sequence: number, wanted: number) => boolean;
  /** What came before it was asked for. */
  readonly #early = new Map<number, unknown>();
  /** Why parcels could not be read. Whose they were shows when a call does not find its own. */
  readonly #unreadable: unknown[] = [];

  /** `isExpected`: whether a call that is not the wanted one will ask for its parcel later. */
  constructor(port: MessagePort, isExpected: (sequence: number, wanted: number) => boolean) {
    this.#port = port;
    this.#isExpected = isExpected;
  }

  /**
   * The parcel of a call. Those of calls that were given up are dropped.
   *
   * @throws NothingReceived; what deserializing has thrown, such as the RangeError of a full stack
   */
  take(wanted: number): unknown {
    if (this.#early.has(wanted)) {
      const value = this.#early.get(wanted);
      this.#early.delete(wanted);
      return value;
    }
    const unreadableMax = this.#unreadable.length + UNREADABLE_MAX;
    while (this.#unreadable.length < unreadableMax) {
      const parcel = this.#receive();
      if (parcel === 'none') break;
      if (parcel === 'unreadable') continue;
      if (parcel.sequence === wanted) return parcel.value;
      if (this.#isExpected(parcel.sequence, wanted)) this.#early.set(parcel.sequence, parcel.value);
    }
    if (this.#unreadable.length === 0) throw new NothingReceived();
    throw this.#unreadable.shift();
  }

  #receive(): Parcel | 'none' | 'unreadable' {
    try {
      const received = receiveMessageOnPort(this.#port);
      return received ? (received.message as Parcel) : 'none';
    } catch (error) {
      this.#unreadable.push(error);
      return 'unreadable';
    }
  }
}
