import { EventManagerError } from './errors.js';

/** Waits until nothing is left of what has to end by itself. */
export class Drained {
  readonly #left: () => number;
  readonly #what: string;
  readonly #remedy: string;
  readonly #waiting = new Set<() => void>();

  /** `what` they are that are left, such as 'connections are open', and what can be done. */
  constructor(left: () => number, what: string, remedy: string) {
    this.#left = left;
    this.#what = what;
    this.#remedy = remedy;
  }

  /** To be called when one has ended. */
  check(): void {
    if (this.#left() > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** @throws ERR_TIMED_OUT, by rejection; without a timeout it waits for ever */
  async wait(timeoutMs: number | undefined): Promise<void> {
    if (this.#left() === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve);
      if (timeoutMs === undefined) return;
      timer = setTimeout(() => {
        this.#waiting.delete(resolve);
        reject(this.#late(timeoutMs));
      }, timeoutMs);
    }).finally(() => clearTimeout(timer));
  }

  #late(timeoutMs: number): EventManagerError {
    return new EventManagerError(
      'ERR_TIMED_OUT',
      `${this.#left()} ${this.#what} after ${timeoutMs} ms: ${this.#remedy}`,
    );
  }
}
