import { EventManagerError } from '../contract/index.js';

/** A promise of a connect that is under way, made when someone asks for it. */
export class PendingConnection {
  #settle: { resolve(): void; reject(error: unknown): void } | undefined;
  #promise: Promise<void> | undefined;
  #outcome: 'connecting' | 'connected' | 'closed';
  #error: unknown;

  constructor(connected: boolean) {
    this.#outcome = connected ? 'connected' : 'connecting';
  }

  /** Answers `stream` once it is connected. */
  async wait<S>(stream: S): Promise<S> {
    if (this.#outcome === 'closed') throw this.#error;
    if (this.#outcome === 'connecting') {
      this.#promise ??= new Promise((resolve, reject) => {
        this.#settle = { resolve, reject };
      });
      await this.#promise;
    }
    return stream;
  }

  /** Whether somebody waits, and so hears of a failure. */
  get awaited(): boolean {
    return this.#outcome === 'connecting' && this.#promise !== undefined;
  }

  stands(): void {
    this.#outcome = 'connected';
    this.#settle?.resolve();
  }

  failed(error: unknown): void {
    this.#error = error;
  }

  closed(): void {
    const connecting = this.#outcome === 'connecting';
    this.#outcome = 'closed';
    this.#error ??= new EventManagerError('ERR_CLOSED', 'the stream was closed');
    if (connecting) this.#settle?.reject(this.#error);
  }
}
