import type { Errand } from './levels.js';

/** What `reached` needs of a delivery. */
interface Line {
  readonly closed: boolean;
  post(errand: Errand): void;
}

/** Those who wait for a bus to have come so far: its bridges. */
export class Watchers {
  readonly #roomSeekers = new Set<() => void>();
  /** Told that the bus is closed. */
  readonly #waiting = new Set<() => void>();

  /** Calls `told` after each delivery that has made room in the queue. Answers how to end that. */
  onRoom(told: () => void): () => void {
    this.#roomSeekers.add(told);
    return () => void this.#roomSeekers.delete(told);
  }

  /**
   * Calls `then` in its place among the messages: behind all that was published until now.
   * Resolves when that is done, or the bus is closed.
   */
  reached(line: Line, then: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      const open = () => {
        this.#waiting.delete(resolve);
        then();
        resolve();
      };
      if (line.closed) resolve();
      else line.post({ taken: false, begun: false, open });
    });
  }

  tellRoom(): void {
    for (const told of this.#roomSeekers) told();
  }

  close(): void {
    this.#roomSeekers.clear();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
