import { invalidType, systemError } from '../contract/index.js';
import { createPipe, EAGAIN, read, write } from '../sys/index.js';
import { OwnedFd } from './owned-fd.js';

/** The end of a pipe that is read from. */
export class PipeReader extends OwnedFd {
  /** @internal */
  constructor(fd: number) {
    super(fd, 'pipe2');
  }

  /**
   * read(2) into a buffer: bytes read; 0 once every writer is closed and the pipe is empty;
   * null when there is nothing to read yet.
   */
  read(into: Uint8Array): number | null {
    checkBytes(into);
    const result = read(this.open, into);
    if (result === -EAGAIN) return null;
    if (result < 0) throw systemError(result, 'read', this.fd);
    return result;
  }
}

/** The end of a pipe that is written to. */
export class PipeWriter extends OwnedFd {
  /** @internal */
  constructor(fd: number) {
    super(fd, 'pipe2');
  }

  /**
   * write(2): bytes taken, which may be fewer than given; null when the pipe is full.
   *
   * @throws ERR_SYSTEM with EPIPE when every reader is closed
   */
  write(from: Uint8Array | string): number | null {
    const bytes = typeof from === 'string' ? Buffer.from(from) : from;
    checkBytes(bytes);
    const result = write(this.open, bytes);
    if (result === -EAGAIN) return null;
    if (result < 0) throw systemError(result, 'write', this.fd);
    return result;
  }
}

/**
 * pipe2(2): two ends, both non-blocking and closed on exec.
 *
 * @throws ERR_SYSTEM (EMFILE, …)
 * @example
 * const { reader, writer } = pipe();
 * writer.write('hello');
 * reader.read(Buffer.alloc(64)); // 5
 */
export function pipe(): { reader: PipeReader; writer: PipeWriter } {
  const ends = createPipe();
  if (typeof ends === 'number') throw systemError(ends, 'pipe2');
  return { reader: new PipeReader(ends[0]), writer: new PipeWriter(ends[1]) };
}

function checkBytes(bytes: unknown): void {
  if (!(bytes instanceof Uint8Array)) throw invalidType('The bytes', 'a Uint8Array', bytes);
}
