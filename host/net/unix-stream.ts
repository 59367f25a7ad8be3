import {
  assertStackRoom,
  checkOptions,
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
  PATH_BYTES_MAX,
} from '../sys/index.js';
import { Dial } from './dial.js';
import {
  checkHandlers,
  STREAM_OPTIONS,
  type StreamHandlers,
  type StreamOptions,
  type StreamSettings,
  settingsOf,
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
  constructor(fd: number, syscall: string, settings: StreamSettings, dial?: Dial) {
    super(fd, syscall, settings, dial);
  }

  /**
   * connect(2): `onConnect` or `onError` tells in a later turn. A path that begins with '\0' is a
   * name of the abstract namespace. EAGAIN: the listener's backlog is full.
   *
   * @throws RangeError for a path of more than 107 bytes, or that isn't one in UTF-8; TypeError;
   * EMFILE; what `addSubscriber` throws. No handler is called then
   */
  static connect(
    manager: SubscriberOps<never>,
    options: StreamOptions & { path: string },
    handlers: StreamHandlers<UnixStream> = {},
  ): UnixStream {
    assertStackRoom();
    checkOptions('connect', options, { ...STREAM_OPTIONS, path: true });
    const name = checkPath(options.path);
    checkHandlers(handlers);
    const settings = settingsOf(options);
    const dial = new Dial(AF_UNIX);
    const stream = new UnixStream(createSocket(AF_UNIX), 'socket', settings, dial);
    return stream.handle(handlers).beginDial(manager, dial, [name]);
  }

  /** socketpair(2): two streams that are connected to each other, in one manager. */
  static pair(
    manager: SubscriberOps<never>,
    one: StreamHandlers<UnixStream> = {},
    other: StreamHandlers<UnixStream> = {},
    options: StreamOptions = {},
  ): [UnixStream, UnixStream] {
    checkOptions('pair', options, STREAM_OPTIONS);
    checkHandlers(one);
    checkHandlers(other);
    const settings = settingsOf(options);
    assertStackRoom();
    const fds = createSocketPair();
    if (typeof fds === 'number') throw systemError(fds, 'socketpair');
    const first = new UnixStream(fds[0], 'socketpair', settings).handle(one);
    const second = new UnixStream(fds[1], 'socketpair', settings).handle(other);
    const undo = () => {
      first.discard();
      second.discard();
    };
    first.complete(() => {
      first.begin(manager);
      second.begin(manager);
    }, undo);
    return [first, second];
  }

  /** Takes over a connected Unix socket from elsewhere; see `TcpStream.adopt`. */
  static adopt(
    manager: SubscriberOps<never>,
    source: FdSource,
    handlers: StreamHandlers<UnixStream> = {},
    options: StreamOptions = {},
  ): UnixStream {
    assertStackRoom();
    checkOptions('adopt', options, STREAM_OPTIONS);
    const fd = fdOf(source);
    checkHandlers(handlers);
    const stream = new UnixStream(fd, 'socket', settingsOf(options));
    return stream.handle(handlers).beginAdopted(manager);
  }
}

/** The sockaddr of a path. */
export function checkPath(path: unknown): Uint8Array {
  if (typeof path !== 'string') throw invalidType('The path', 'a string', path);
  const name = encodeUnix(path);
  if (name) return name;
  const range = `1 to ${PATH_BYTES_MAX} bytes of UTF-8, without a zero byte inside`;
  throw outOfRange('The path', range, path);
}
