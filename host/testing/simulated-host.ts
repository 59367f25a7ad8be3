import type { PollHandle } from '../sys/index.js';
import type { SimulatedEpoll } from './simulated-epoll.js';

/**
 * An event loop in memory, in the place of Node's: it watches the epoll instances of attached
 * managers, and makes a round when it is told to.
 *
 * @example
 * const kernel = new SimulatedSyscalls();
 * const manager = new EventManager({ syscalls: kernel });
 * manager.attach();
 * kernel.ring(bell);
 * await kernel.host.turn(); // the manager has made its turn
 */
export class SimulatedHost {
  readonly #watches = new Set<SimulatedWatch>();

  /** Whether anything that it watches keeps the process alive. */
  get alive(): boolean {
    return [...this.#watches].some((watch) => watch.referenced);
  }

  /**
   * One round: tells of what is readable, and lets promises and immediates run. Time stands still.
   *
   * @returns whether anything was readable
   */
  async turn(): Promise<boolean> {
    const readable = [...this.#watches].filter((watch) => watch.readable);
    for (const watch of readable) if (this.#watches.has(watch)) watch.onReadable(0);
    await new Promise((done) => setImmediate(done));
    return readable.length > 0;
  }

  /** See `Syscalls.poll`. */
  watch(epoll: SimulatedEpoll, onReadable: (status: number) => void): PollHandle {
    const watch = new SimulatedWatch(epoll, onReadable, () => void this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }
}

/** One epoll instance that is watched. */
class SimulatedWatch implements PollHandle {
  readonly onReadable: (status: number) => void;
  referenced = true;
  readonly #epoll: SimulatedEpoll;
  readonly #end: () => void;

  constructor(epoll: SimulatedEpoll, onReadable: (status: number) => void, end: () => void) {
    this.#epoll = epoll;
    this.onReadable = onReadable;
    this.#end = end;
  }

  get readable(): boolean {
    return this.#epoll.poll() !== 0;
  }

  ref(): void {
    this.referenced = true;
  }

  unref(): void {
    this.referenced = false;
  }

  close(): void {
    this.referenced = false;
    this.#end();
  }
}
