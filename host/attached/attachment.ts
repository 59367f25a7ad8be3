import { inspect } from 'node:util';
import { printed } from '../contract/index.js';

/** A manager that runs in Node's own loop: see `EventManager.attach`. */
export interface Attachment extends Disposable {
  /** Whether it has ended: by `detach`, its signal, `stop`, or the manager's `close`. */
  readonly detached: boolean;
  /** Lets the manager's registrations and timers keep the process alive: the default. */
  ref(): this;
  /** Lets the process end by itself, whatever is registered. */
  unref(): this;
  /** Whether they may keep it alive. */
  hasRef(): boolean;
  /**
   * Ends it: from the present turn on nothing is dispatched, and what is ready waits for the next
   * `run` or `attach`. From inside a handler the rest of the batch is still delivered. Idempotent.
   */
  detach(): void;
}

export interface AttachOptions {
  /** Detaches when it is aborted; at once, where it was aborted before. */
  signal?: AbortSignal;
}

/** What an attachment asks of its driver. */
interface Attached {
  referenced: boolean;
  release(attachment: object): void;
}

/** What the user holds. */
export class NodeAttachment implements Attachment {
  #driver: Attached | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.detach();

  constructor(driver: Attached, signal: AbortSignal | undefined) {
    this.#driver = driver;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get detached(): boolean {
    return this.#driver === undefined;
  }

  ref(): this {
    if (this.#driver) this.#driver.referenced = true;
    return this;
  }

  unref(): this {
    if (this.#driver) this.#driver.referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#driver?.referenced ?? false;
  }

  detach(): void {
    const driver = this.#driver;
    if (!driver) return;
    this.#driver = undefined;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    driver.release(this);
  }

  [Symbol.dispose](): void {
    this.detach();
  }

  /** What `console.log` shows. */
  [inspect.custom](): string {
    if (this.detached) return printed('Attachment', 'detached');
    return printed('Attachment', 'attached', !this.hasRef() && 'unreferenced');
  }
}
