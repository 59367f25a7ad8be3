import {
  assertStackRoom,
  checkCount,
  checkFlag,
  checkOptions,
  type FdSource,
  fdOf,
  formatAddress,
  type OptionNames,
  type Part,
  type SubscriberOps,
} from '../contract/index.js';
import {
  AF_INET,
  AF_INET6,
  createSocket,
  EAFNOSUPPORT,
  familyOf,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  setOption,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from '../sys/index.js';
import { addressOfEnd, checkPort, type SocketAddress } from './address.js';
import { Dial } from './dial.js';
import { checkHost, checkResolver, type Resolver, resolve } from './resolve.js';
import {
  checkHandlers,
  STREAM_OPTIONS,
  type StreamHandlers,
  type StreamOptions,
  type StreamSettings,
  settingsOf,
} from './stream-handlers.js';
import { StreamSocket } from './stream-socket.js';
import { checkResult } from './system-call.js';

/** What TCP_KEEPIDLE takes. */
const KEEP_ALIVE_MAX_SECONDS = 32_767;

export interface TcpOptions extends StreamOptions {
  /** TCP_NODELAY: send small writes at once, though others are under way. Default false. */
  noDelay?: boolean;
  /** SO_KEEPALIVE: probe a silent peer, after so many seconds (1 to 32 767) or the system's. */
  keepAlive?: boolean | number;
}

/** The options of one stream, checked, with their defaults. */
export interface TcpSettings extends StreamSettings {
  readonly noDelay: boolean;
  readonly keepAlive: boolean | number;
}

export interface TcpConnectOptions extends TcpOptions {
  /** A numeric address, which never waits, or a name. Default '127.0.0.1'. */
  host?: string;
  port: number;
  /** How a name becomes addresses. Default `'pool'`. */
  resolver?: Resolver;
}

export const TCP_OPTIONS: OptionNames<TcpOptions> = {
  ...STREAM_OPTIONS,
  noDelay: true,
  keepAlive: true,
};
const CONNECT_OPTIONS: OptionNames<TcpConnectOptions> = {
  ...TCP_OPTIONS,
  host: true,
  port: true,
  resolver: true,
};

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
  readonly #settings: TcpSettings;

  /** @internal */
  constructor(fd: number, syscall: string, settings: TcpSettings, dial?: Dial) {
    super(fd, syscall, settings, dial);
    this.#settings = settings;
  }

  /**
   * connect(2), without waiting: a later turn calls `onConnect` or `onError`. If a name has several
   * addresses and one fails, the next is tried. Bytes written meanwhile are sent afterwards.
   *
   * @throws TypeError, RangeError; EMFILE; what `addSubscriber` throws. No handler is
   * called then
   */
  static connect(
    manager: SubscriberOps<never>,
    options: TcpConnectOptions,
    handlers: StreamHandlers<TcpStream> = {},
  ): TcpStream {
    assertStackRoom();
    checkOptions('connect', options, CONNECT_OPTIONS);
    const host = checkHost(options.host ?? '127.0.0.1');
    const port = checkPort(options.port, 1);
    const resolver = checkResolver(options.resolver ?? 'pool');
    checkHandlers(handlers);
    const settings = tcpSettingsOf(options);
    const names = resolve(host, port, resolver);
    const { fd, family } = firstSocket(Array.isArray(names) ? familyOf(names[0]!) : AF_INET);
    const dial = new Dial(family, host);
    const stream = new TcpStream(fd, 'socket', settings, dial);
    return stream.handle(handlers).beginDial(manager, dial, names);
  }

  /**
   * Takes over a connected TCP socket from elsewhere; see `AdoptedFd` for what that means. Where it
   * throws, the fd is still yours.
   *
   * @throws ERR_NOT_A_STREAM for a socket of messages, or one that listens; ENOTSOCK;
   * what `addSubscriber` throws
   */
  static adopt(
    manager: SubscriberOps<never>,
    source: FdSource,
    handlers: StreamHandlers<TcpStream> = {},
    options: TcpOptions = {},
  ): TcpStream {
    assertStackRoom();
    checkOptions('adopt', options, TCP_OPTIONS);
    const fd = fdOf(source);
    checkHandlers(handlers);
    const stream = new TcpStream(fd, 'socket', tcpSettingsOf(options));
    return stream.handle(handlers).beginAdopted(manager);
  }

  /** getsockname(2). @throws ERR_CLOSED */
  get localAddress(): SocketAddress {
    return addressOfEnd(this.open, 'local');
  }

  /** getpeername(2). @throws ERR_CLOSED, ENOTCONN */
  get remoteAddress(): SocketAddress {
    return addressOfEnd(this.open, 'remote');
  }

  /** TCP_NODELAY: send small writes at once, though others are under way. */
  setNoDelay(on = true): this {
    return this.#set(IPPROTO_TCP, TCP_NODELAY, Number(on));
  }

  /** SO_KEEPALIVE: probe a silent peer, after so many seconds or what the system has set. */
  setKeepAlive(after: boolean | number = true): this {
    checkKeepAlive(after);
    this.#set(SOL_SOCKET, SO_KEEPALIVE, after === false ? 0 : 1);
    return typeof after === 'number' ? this.#set(IPPROTO_TCP, TCP_KEEPIDLE, after) : this;
  }

  protected override peer(): Part {
    try {
      const { address, port } = this.remoteAddress;
      return `peer: ${formatAddress(address, port)}`;
    } catch {
      // The peer is gone, and getpeername(2) knows it no more.
      return 'not connected';
    }
  }

  protected override configure(): void {
    const { noDelay, keepAlive } = this.#settings;
    if (noDelay) this.setNoDelay(true);
    if (keepAlive) this.setKeepAlive(keepAlive);
  }

  #set(level: number, name: number, value: number): this {
    checkResult(setOption(this.open, level, name, value), 'setsockopt', this.fd);
    return this;
  }
}

/** A copy: the user's options may change while a listener hands them on. */
export function tcpSettingsOf(options: TcpOptions): TcpSettings {
  const keepAlive = checkKeepAlive(options.keepAlive ?? false);
  return { ...settingsOf(options), noDelay: checkFlag('noDelay', options.noDelay), keepAlive };
}

function checkKeepAlive(after: boolean | number): boolean | number {
  if (typeof after === 'boolean') return after;
  return checkCount('keepAlive', after, 1, KEEP_ALIVE_MAX_SECONDS);
}

/** A socket of that family, or, where the system has none of it, of the other one. */
function firstSocket(family: number): { fd: number; family: number } {
  const fd = createSocket(family);
  if (fd !== -EAFNOSUPPORT) return { fd, family };
  const other = family === AF_INET ? AF_INET6 : AF_INET;
  return { fd: createSocket(other), family: other };
}
