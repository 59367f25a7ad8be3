import { checkCount, checkOptions } from '../contract/index.js';
import { EBADF, EINVAL } from '../sys/index.js';
import { SimulatedEventFd } from './simulated-counters.js';
import { SimulatedFds } from './simulated-fds.js';
import { SimulatedRegularFile } from './simulated-file.js';
import { SIMULATED_OPTIONS, type SimulatedSyscallsOptions } from './simulated-options.js';
import { SimulatedPipeReader, SimulatedPipeWriter } from './simulated-pipe.js';
import { SimulatedSocket, SimulatedUnconnectedSocket } from './simulated-socket.js';

const INT32_MAX = 2 ** 31 - 1;
const ENOTSOCK = 88;
const COUNTER_MAX = 2n ** 64n - 2n;

/** The fds of a process in memory, as a test makes and uses them. */
export abstract class SimulatedProcess {
  protected readonly fds: SimulatedFds;
  readonly #bytes = new Uint8Array(8);

  /** @throws RangeError; TypeError */
  constructor(options: SimulatedSyscallsOptions) {
    checkOptions('SimulatedSyscalls', options, SIMULATED_OPTIONS);
    const most = checkCount('maxFds', options.maxFds ?? 1024, 1, INT32_MAX);
    this.fds = new SimulatedFds(checkCount('firstFd', options.firstFd ?? 3, 0, INT32_MAX), most);
  }

  /** eventfd(2). */
  eventfd(initial: bigint | number = 0, options: { semaphore?: boolean } = {}): number {
    checkOptions('eventfd', options, { semaphore: true });
    if (initial < 0 || initial > COUNTER_MAX) return -EINVAL;
    return this.fds.open(new SimulatedEventFd(BigInt(initial), options.semaphore ?? false));
  }

  /** Adds to an eventfd's counter: 0, or a negative errno. */
  ring(fd: number, value: bigint | number = 1): number {
    new DataView(this.#bytes.buffer).setBigUint64(0, BigInt(value), true);
    const result = this.fds.get(fd)?.write(this.#bytes) ?? -EBADF;
    return Math.min(result, 0);
  }

  /** pipe(2): [reader, writer], or twice a negative errno. */
  pipe(): [reader: number, writer: number] {
    const reader = new SimulatedPipeReader();
    return this.fds.openPair(reader, new SimulatedPipeWriter(reader));
  }

  /** socketpair(2), of streams, or twice a negative errno. */
  socketpair(): [number, number] {
    return this.fds.openPair(...SimulatedSocket.pair());
  }

  /** socket(2): of TCP, and not connected, which epoll reports as OUT and HUP. */
  socket(): number {
    return this.fds.open(new SimulatedUnconnectedSocket());
  }

  /** shutdown(2) of one of a socket pair. */
  shutdown(fd: number, how: 'read' | 'write' | 'both'): number {
    const file = this.fds.get(fd);
    if (!file) return -EBADF;
    if (!(file instanceof SimulatedSocket)) return -ENOTSOCK;
    file.shutdown(how);
    return 0;
  }

  /** A regular file, which epoll refuses. */
  regularFile(): number {
    return this.fds.open(new SimulatedRegularFile());
  }

  /** dup(2). */
  dup(fd: number): number {
    return this.fds.dup(fd);
  }

  /** dup2(2): `to` names the file of `fd` from now on, and what it named is closed. */
  dup2(fd: number, to: number): number {
    return this.fds.dup2(fd, to);
  }

  /** The fds that are open, in order: to see that nothing leaks. */
  openFds(): number[] {
    return this.fds.list();
  }
}
