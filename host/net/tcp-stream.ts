import {
  type FdSource,
  fdOf,
  invalidType,
  type SubscriberOps,
  systemError,
} from '../contract/index.js';
import {
  AF_INET,
  createSocket,
  familyOf,
  IPPROTO_TCP,
  makeNonBlocking,
  SO_KEEPALIVE,
  SOL_SOCKET,
  setOption,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '../sys/index.js';
import { addressOfEnd, checkPort, formatAddress, type SocketAddress } from './address.js';
import { Dial } from './dial.js';
import { type Resolved, type Resolver, resolve } from './resolve.js';
import {
  checkHandlers,
  resolveStreamOptions,
  type StreamHandlers,
  type StreamOptions,
} from './stream-handlers.js';
import { StreamSocket } from './stream-socket.js';

export interface TcpOptions extends StreamOptions {
  /** TCP_NODELAY: send small writes at once, though others are under way. Default false. */
  noDelay?: boolean;
  /** SO_KEEPALIVE: probe a silent peer, after so many seconds (1 to 32 767) or the system's. */
  keepAlive?: boolean | number;
}

export interface TcpConnectOptions extends TcpOptions {
  /** A numeric address, which never waits, or a name. Default '127.0.0.1'. */
  host?: string;
  port: number;
  /** How a name becomes addresses. Default `'pool'`. */
  resolver?: Resolver;
}

/**
 * A TCP connection.
 *
 * @example
 * TcpStream.connect(manager, { port: 7 }, {
 *   onConnect: (stream) => stream.end('hello'),
 *   onData: (bytes) => process.stdout.write(bytes.toString()),
 *   onError: (error) => console.error(error.message),
 * });
 */
export class TcpStream extends StreamSocket {
  /** @internal */
  constructor(result: number, syscall: string, options: TcpOptions, dial?: Dial) {
    super(result, syscall, options, dial);
    try {
      if (options.noDelay) this.setNoDelay(true);
      if (options.keepAlive) this.setKeepAlive(options.keepAlive);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * connect(2), without waiting: `onConnect` or `onError` tells in a later turn. Of several
   * addresses the next one is tried where one fails. What is written meanwhile goes afterwards.
   *
   * @throws TypeError, RangeError; ERR_SYSTEM (EMFILE); what `addSubscriber` throws
   */
  static connect(
    manager: SubscriberOps,
    options: TcpConnectOptions,
    handlers: StreamHandlers<TcpStream> = {},
  ): TcpStream {
    const { host = '127.0.0.1', resolver = 'pool' } = options;
    if (typeof host !== 'string') throw invalidType('host', 'a string', host);
    const port = checkPort(options.port, 1);
    checkHandlers(handlers);
    resolveStreamOptions(options);
    const names = resolve(host, port, resolver);
    const family = Array.isArray(names) ? familyOf(names[0]!) : AF_INET;
    const dial = new Dial(formatAddress(host, port), family);
    const stream = new TcpStream(createSocket(family), 'socket', options, dial).handle(handlers);
    const begin = (found: Resolved) => {
      dial.aim(found);
      if (!stream.closed) stream.begin(manager);
    };
    // Later, the manager may be closed, and only the stream's own handlers are left to be told.
    if (!(names instanceof Promise)) begin(names);
    else names.then(begin).catch((error) => handlers.onError?.(error, stream));
    return stream;
  }

  /** Takes over a connected TCP socket from elsewhere; see `AdoptedFd` for what that means. */
  static adopt(
    manager: SubscriberOps,
    source: FdSource,
    handlers: StreamHandlers<TcpStream> = {},
    options: TcpOptions = {},
  ): TcpStream {
    const fd = fdOf(source);
    checkHandlers(handlers);
    const result = makeNonBlocking(fd);
    if (result < 0) throw systemError(result, 'fcntl', fd);
    const stream = new TcpStream(fd, 'socket', options).handle(handlers);
    stream.begin(manager, undefined, true);
    return stream;
  }

  /** getsockname(2). @throws ERR_CLOSED */
  get localAddress(): SocketAddress {
    return addressOfEnd(this.open, 'local');
  }

  /** getpeername(2). @throws ERR_CLOSED, ERR_SYSTEM with ENOTCONN */
  get remoteAddress(): SocketAddress {
    return addressOfEnd(this.open, 'remote');
  }

  /** TCP_NODELAY: send small writes at once, though others are under way. */
  setNoDelay(on = true): this {
    return this.#set(IPPROTO_TCP, TCP_NODELAY, Number(on));
  }

  /** SO_KEEPALIVE: probe a silent peer, after so many seconds or what the system has set. */
  setKeepAlive(after: boolean | number = true): this {
    this.#set(SOL_SOCKET, SO_KEEPALIVE, after === false ? 0 : 1);
    return typeof after === 'number' ? this.#set(IPPROTO_TCP, TCP_KEEPIDLE, after) : this;
  }

  #set(level: number, name: number, value: number): this {
    const result = setOption(this.open, level, name, value);
    if (result < 0) throw systemError(result, 'setsockopt', this.fd);
    return this;
  }
}
