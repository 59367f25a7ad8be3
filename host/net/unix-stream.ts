import {
  type FdSource,
  fdOf,
  invalidType,
  outOfRange,
  type SubscriberOps,
  systemError,
} from '../contract/index.js';
import {
  AF_UNIX,
  createSocket,
  createSocketPair,
  encodeUnix,
  makeNonBlocking,
  PATH_BYTES_MAX,
} from '../sys/index.js';
import { Dial } from './dial.js';
import {
  checkHandlers,
  resolveStreamOptions,
  type StreamHandlers,
  type StreamOptions,
} from './stream-handlers.js';
import { StreamSocket } from './stream-socket.js';

/**
 * A connection between processes of this machine, or within one.
 *
 * @example
 * const [ours, theirs] = UnixStream.pair(manager, { onData: (bytes) => console.log(`${bytes}`) });
 * theirs.end('hello');
 */
export class UnixStream extends StreamSocket {
  /** @internal */
  constructor(result: number, syscall: string, options: StreamOptions, dial?: Dial) {
    super(result, syscall, options, dial);
  }

  /**
   * connect(2): `onConnect` or `onError` tells in a later turn. A path that begins with '\0' is a
   * name of the abstract namespace. EAGAIN: the listener's backlog is full.
   *
   * @throws RangeError for a path of more than 107 bytes, TypeError, ERR_SYSTEM (EMFILE)
   */
  static connect(
    manager: SubscriberOps,
    options: StreamOptions & { path: string },
    handlers: StreamHandlers<UnixStream> = {},
  ): UnixStream {
    const name = checkPath(options.path);
    checkHandlers(handlers);
    resolveStreamOptions(options);
    const dial = new Dial(options.path, AF_UNIX);
    dial.aim([name]);
    const stream = new UnixStream(createSocket(AF_UNIX), 'socket', options, dial);
    stream.handle(handlers).begin(manager);
    return stream;
  }

  /** socketpair(2): two streams that are connected to each other, in one manager. */
  static pair(
    manager: SubscriberOps,
    one: StreamHandlers<UnixStream> = {},
    other: StreamHandlers<UnixStream> = {},
    options: StreamOptions = {},
  ): [UnixStream, UnixStream] {
    checkHandlers(one);
    checkHandlers(other);
    resolveStreamOptions(options);
    const fds = createSocketPair();
    if (typeof fds === 'number') throw systemError(fds, 'socketpair');
    const [first, second] = fds.map((fd) => new UnixStream(fd, 'socketpair', options));
    first!.handle(one).begin(manager);
    second!.handle(other).begin(manager);
    return [first!, second!];
  }

  /** Takes over a connected Unix socket from elsewhere; see `AdoptedFd` for what that means. */
  static adopt(
    manager: SubscriberOps,
    source: FdSource,
    handlers: StreamHandlers<UnixStream> = {},
    options: StreamOptions = {},
  ): UnixStream {
    const fd = fdOf(source);
    checkHandlers(handlers);
    const result = makeNonBlocking(fd);
    if (result < 0) throw systemError(result, 'fcntl', fd);
    const stream = new UnixStream(fd, 'socket', options).handle(handlers);
    stream.begin(manager, undefined, true);
    return stream;
  }
}

/** The sockaddr of a path. */
export function checkPath(path: unknown): Uint8Array {
  if (typeof path !== 'string') throw invalidType('The path', 'a string', path);
  const name = path.includes('\0', 1) ? undefined : encodeUnix(path);
  if (!name)
    throw outOfRange('The path', `1 to ${PATH_BYTES_MAX} bytes, without a zero byte inside`, path);
  return name;
}
