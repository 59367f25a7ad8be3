import { checkOptions, outOfRange, type Part, systemError } from '../contract/index.js';
import { close, createPipe, setNonBlocking } from '../sys/index.js';
import { readBytes, withoutWaiting, writeBytes } from './bytes.js';
import { OwnedFd } from './owned-fd.js';

/** The end of a pipe that is read from. */
export class PipeReader extends OwnedFd {
  /** Whether the end is blocking, for the process that it will be given to. */
  readonly blocking: boolean;

  /** @internal */
  constructor(fd: number, blocking: boolean) {
    super(fd, 'pipe2');
    this.blocking = blocking;
  }

  /**
   * read(2) into a buffer: bytes read; 0 once every writer is closed and the pipe is empty;
   * null when there is nothing to read yet.
   *
   * @throws TypeError, ERR_CLOSED
   */
  read(into: Uint8Array): number | null {
    const fd = this.open;
    return this.blocking ? withoutWaiting(fd, () => readBytes(fd, into)) : readBytes(fd, into);
  }

  protected override details(): readonly Part[] {
    return [this.blocking && 'blocking'];
  }
}

/** The end of a pipe that is written to. */
export class PipeWriter extends OwnedFd {
  /** Whether the end is blocking, for the process that it will be given to. */
  readonly blocking: boolean;

  /** @internal */
  constructor(fd: number, blocking: boolean) {
    super(fd, 'pipe2');
    this.blocking = blocking;
  }

  /**
   * write(2): bytes taken, which may be fewer than given; null when the pipe is full. A string is
   * written as UTF-8. Up to 4096 bytes are taken together or not at all.
   *
   * @throws EPIPE when every reader is closed; TypeError, ERR_CLOSED
   */
  write(from: Uint8Array | string): number | null {
    const fd = this.open;
    return this.blocking ? withoutWaiting(fd, () => writeBytes(fd, from)) : writeBytes(fd, from);
  }

  protected override details(): readonly Part[] {
    return [this.blocking && 'blocking'];
  }
}

export interface PipeOptions {
  /**
   * The end that another process is given, which most programs expect to be blocking: what they
   * write to a full pipe would be lost. `read` and `write` here don't wait in any case.
   */
  blocking?: 'reader' | 'writer';
}

/**
 * pipe2(2): two ends, both closed on exec, and non-blocking but for the one that is to be
 * `blocking`. Close that one here once the other process has it, or the pipe never ends.
 *
 * @throws RangeError; EMFILE, …
 * @example
 * const { reader, writer } = pipe();
 * writer.write('hello');
 * reader.read(Buffer.alloc(64)); // 5
 *
 * const results = pipe({ blocking: 'writer' });
 * spawn('compute', { stdio: ['ignore', 'inherit', 'inherit', results.writer.fd] }); // its fd 3
 * results.writer.close();
 */
export function pipe(options: PipeOptions = {}): { reader: PipeReader; writer: PipeWriter } {
  const { blocking } = checkOptions('pipe', options, { blocking: true });
  if (blocking !== undefined && blocking !== 'reader' && blocking !== 'writer') {
    throw outOfRange('blocking', "'reader' or 'writer'", blocking);
  }
  const ends = createPipe();
  if (typeof ends === 'number') throw systemError(ends, 'pipe2');
  let reader: PipeReader | undefined;
  try {
    if (blocking) {
      const end = ends[blocking === 'reader' ? 0 : 1];
      const status = setNonBlocking(end, false);
      if (status < 0) throw systemError(status, 'fcntl', end);
    }
    reader = new PipeReader(ends[0], blocking === 'reader');
    return { reader, writer: new PipeWriter(ends[1], blocking === 'writer') };
  } catch (error) {
    if (reader) reader.close();
    else close(ends[0]);
    close(ends[1]);
    throw error;
  }
}
