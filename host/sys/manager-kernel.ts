import { EPOLLPRI } from '../../assembly/abi.js';
import { Kernel } from './kernel.js';
import { type RelayPolls, Relays } from './relays.js';
import type { EpollEntry, LinearMemory } from './syscalls.js';

/** The kernel as an event manager sees it, whose epoll instance may lie in others. */
export class ManagerKernel extends Kernel {
  #relays: Relays | undefined;
  readonly #polls: RelayPolls | undefined;

  /** `polls`: for tests. */
  constructor(polls?: RelayPolls) {
    super();
    this.#polls = polls;
  }

  override ctl(
    epfd: number,
    operation: number,
    fd: number,
    interest: number,
    slot: number,
    generation: number,
  ): number {
    if ((interest & EPOLLPRI) !== 0 || this.#relays) {
      this.#relays ??= new Relays(this.#plain(), this.#polls);
      const status = this.#relays.ctl(epfd, operation, fd, interest, slot, generation);
      if (status !== undefined) return status;
    }
    return super.ctl(epfd, operation, fd, interest, slot, generation);
  }

  override wait(
    epfd: number,
    memory: LinearMemory,
    offset: number,
    maxEvents: number,
    timeoutMs: number,
  ): number {
    const count = super.wait(epfd, memory, offset, maxEvents, timeoutMs);
    if (count <= 0 || !this.#relays) return count;
    return this.#relays.settle(memory.bytes, offset, count, this.eventSize);
  }

  override entries(epfd: number, fd?: number): EpollEntry[] | undefined {
    const relays = this.#relays;
    if (!relays) return super.entries(epfd, fd);
    const entries = super.entries(epfd)?.map((entry) => relays.named(entry));
    return fd === undefined ? entries : entries?.filter((entry) => entry.fd === fd);
  }

  override close(fd: number): number {
    this.#relays?.forget(fd);
    return super.close(fd);
  }

  #plain(): Pick<Kernel, 'create' | 'ctl' | 'close'> {
    return {
      create: () => super.create(),
      ctl: (epfd, operation, fd, interest, slot, generation) =>
        super.ctl(epfd, operation, fd, interest, slot, generation),
      close: (fd) => super.close(fd),
    };
  }
}
