import type { MessageBus } from '../bus/index.js';
import { BUFFER_BYTES } from './abi.js';
import type { Inbox } from './inbox.js';

interface Subscribed {
  readonly pattern: string;
  unsubscribe(): boolean;
}

const encoder = new TextEncoder();

/** What a guest has subscribed to. Its messages wait in the inbox, so many at the most. */
export class GuestSubscriptions {
  readonly #bus: MessageBus | undefined;
  readonly #inbox: Inbox;
  readonly #most: number;
  readonly #wake: () => void;
  readonly #byId = new Map<number, Subscribed>();
  #lastId = 0;
  /** Messages that were neither bytes nor text, or too large, or one too many. */
  dropped = 0;

  constructor(bus: MessageBus | undefined, inbox: Inbox, most: number, wake: () => void) {
    this.#bus = bus;
    this.#inbox = inbox;
    this.#most = most;
    this.#wake = wake;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** A number for the subscription: the same one for the same pattern. */
  add(pattern: string): number {
    for (const [id, each] of this.#byId) if (each.pattern === pattern) return id;
    const handler = (message: unknown, topic: string) => this.#take(topic, message);
    const subscription = this.#bus!.subscribe(pattern, handler);
    this.#lastId += 1;
    this.#byId.set(this.#lastId, subscription);
    return this.#lastId;
  }

  remove(id: number): boolean {
    const subscription = this.#byId.get(id);
    if (!subscription) return false;
    this.#byId.delete(id);
    subscription.unsubscribe();
    return true;
  }

  clear(): void {
    for (const id of [...this.#byId.keys()]) this.remove(id);
  }

  #take(topic: string, message: unknown): void {
    const body = bytesOf(message);
    const name = encoder.encode(topic);
    const fits = body && name.length + body.length <= BUFFER_BYTES;
    if (!fits || this.#inbox.messages.length >= this.#most) {
      this.dropped += 1;
      return;
    }
    this.#inbox.messages.push({ topic: name, body });
    this.#wake();
  }
}

/** A copy: what is published may be used again before the guest is told. */
function bytesOf(message: unknown): Uint8Array | undefined {
  if (typeof message === 'string') return encoder.encode(message);
  return message instanceof Uint8Array ? message.slice() : undefined;
}
