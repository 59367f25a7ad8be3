import { EventFd } from '../sources/index.js';

/** A fd that is kept, to be given up where there is no other left. */
export class Reserve {
  #fd = new EventFd();

  /** Makes room for one fd. */
  giveUp(): void {
    this.#fd.close();
  }

  /** Whether there is one again. */
  replenish(): boolean {
    try {
      if (this.#fd.closed) this.#fd = new EventFd();
      return true;
    } catch {
      return false;
    }
  }
}
