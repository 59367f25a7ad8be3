import { addressOf, EAGAIN, POLLIN } from '../sys/index.js';
import { refuseFailed } from './faults.js';
import type { Readiness } from './pollable.js';
import type { Source } from './streams.js';

export const NOTHING = new Uint8Array(0);

/** What can be read of a fd, until its end or a failure, which is told once. */
export abstract class FileSource implements Source {
  readonly readiness: Readiness;
  protected readonly fd: number;
  protected over = false;

  constructor(fd: number) {
    this.fd = fd;
    this.readiness = { fd, events: POLLIN, settled: () => this.over };
  }

  read(length: number): Uint8Array | number {
    if (this.over) return 0;
    if (length === 0) return NOTHING;
    const bytes = new Uint8Array(length);
    const count = this.receive(addressOf(bytes), length);
    if (count > 0) return bytes.subarray(0, count);
    if (count === -EAGAIN) return NOTHING;
    this.over = true;
    return count === 0 ? 0 : refuseFailed(count);
  }

  /** The system call: bytes read, or a negative errno. */
  protected abstract receive(address: number, length: number): number;
}
