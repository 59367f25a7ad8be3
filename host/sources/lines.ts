import { StringDecoder } from 'node:string_decoder';
import {
  checkCount,
  checkOptions,
  EventManagerError,
  EventSet,
  type Events,
  type FdSource,
  fdOf,
  systemError,
} from '../contract/index.js';
import { EAGAIN, read } from '../sys/index.js';
import { withoutWaiting } from './bytes.js';

const CHUNK_BYTES = 65_536;
const LENGTH_MAX = 2 ** 20;

/** What awaits readiness: an event manager. */
interface Watching {
  watch(
    source: FdSource,
    set: EventSet,
    options?: { signal?: AbortSignal },
  ): AsyncIterableIterator<Events>;
}

export interface LinesOptions {
  /** Ends the reading: the iteration throws the signal's reason. */
  signal?: AbortSignal;
  /** The longest line, in UTF-16 units. Default 1 048 576. */
  lengthMax?: number;
}

/**
 * The lines of any fd that can be read: a serial device, a pipe, a terminal, a socket of your own.
 * UTF-8, without the '\n' or '\r\n' that ends each; what stands behind the last one is a line too.
 * It ends with the file, or when its source is closed.
 *
 * @throws by the iteration: as `EventManager.watch`; what read(2) failed with; ERR_LIMIT_EXCEEDED
 * for a line that is longer than `lengthMax`
 * @example
 * using tty = AdoptedFd.open('/dev/ttyUSB0');
 * for await (const line of readLines(manager, tty)) console.log(line);
 */
export async function* readLines(
  manager: Watching,
  source: FdSource,
  options: LinesOptions = {},
): AsyncGenerator<string, void> {
  const { signal, lengthMax = LENGTH_MAX } = checkOptions('readLines', options, OPTIONS);
  checkCount('lengthMax', lengthMax, 1, Number.MAX_SAFE_INTEGER);
  const fd = fdOf(source);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const _ of manager.watch(source, EventSet.IN, signal ? { signal } : {})) {
    const length = withoutWaiting(fd, () => read(fd, buffer));
    if (length === -EAGAIN) continue;
    if (length < 0) throw systemError(length, 'read', fd);
    if (length === 0) break;
    const lines = (rest + decoder.write(buffer.subarray(0, length))).split('\n');
    rest = lines.pop()!;
    if (rest.length > lengthMax) throw tooLong(fd, lengthMax);
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

const OPTIONS = { signal: true, lengthMax: true } as const;

function tooLong(fd: number, lengthMax: number): EventManagerError {
  return new EventManagerError(
    'ERR_LIMIT_EXCEEDED',
    `a line of fd ${fd} is longer than ${lengthMax}: is it text? Else raise \`lengthMax\``,
    { fd },
  );
}
