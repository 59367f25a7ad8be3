import { checkCount, invalidType, type SubscriberOps, systemError } from '../contract/index.js';
import {
  AF_INET6,
  bind,
  close,
  createSocket,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  familyOf,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  listen,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  setOption,
} from '../sys/index.js';
import { addressOfEnd, checkPort, type SocketAddress } from './address.js';
import { type Acceptor, checkAcceptor, Listener, type ListenerOptions } from './listener.js';
import { resolveNow } from './resolve.js';
import { resolveStreamOptions } from './stream-handlers.js';
import { type TcpOptions, TcpStream } from './tcp-stream.js';

const BACKLOG = 511;
const BACKLOG_MAX = 65_535;

export interface TcpListenOptions extends ListenerOptions, TcpOptions {
  /**
   * A numeric address; a name is resolved by getaddrinfo(3), which blocks. Default: '::', which is
   * every address of IPv6 and IPv4, and where there is no IPv6 '0.0.0.0'.
   */
  host?: string;
  /** 0, the default, has the kernel choose: see `address`. */
  port?: number;
  /** Connections that may wait to be accepted. Default 511; the system's limit is somaxconn. */
  backlog?: number;
  /** SO_REUSEPORT: several listeners share the port, and the kernel spreads connections. */
  reusePort?: boolean;
  /** IPV6_V6ONLY: on '::', no IPv4. */
  ipv6Only?: boolean;
}

/**
 * Listens for TCP connections.
 *
 * @example
 * using echo = TcpListener.listen(manager, { port: 7 }, (stream) => ({
 *   onData: (bytes) => {
 *     if (!stream.write(bytes)) stream.pause();
 *   },
 *   onDrain: () => stream.resume(),
 *   onError: () => {},
 * }));
 */
export class TcpListener extends Listener<TcpStream> {
  /** As it was bound: with the port that the kernel chose for 0. */
  readonly address: SocketAddress;
  readonly #options: TcpOptions;

  private constructor(
    fd: number,
    manager: SubscriberOps,
    options: TcpListenOptions,
    acceptor: Acceptor<TcpStream>,
  ) {
    super(fd, manager, options, acceptor);
    this.#options = options;
    this.address = addressOfEnd(fd, 'local');
  }

  /**
   * socket(2), bind(2) with SO_REUSEADDR, listen(2). Options of `TcpStream` go to each connection.
   *
   * @throws RangeError, TypeError; ERR_SYSTEM (EADDRINUSE, EACCES, …); ERR_NAME_NOT_RESOLVED
   */
  static listen(
    manager: SubscriberOps,
    options: TcpListenOptions,
    acceptor: Acceptor<TcpStream>,
  ): TcpListener {
    checkAcceptor(acceptor);
    resolveStreamOptions(options);
    const { host, backlog = BACKLOG } = options;
    const port = checkPort(options.port ?? 0);
    if (host !== undefined && typeof host !== 'string') throw invalidType('host', 'a string', host);
    checkCount('backlog', backlog, 0, BACKLOG_MAX);
    let fd = open(resolveNow(host ?? '::', port), backlog, options);
    if (host === undefined && (fd === -EAFNOSUPPORT || fd === -EADDRNOTAVAIL)) {
      fd = open(resolveNow('0.0.0.0', port), backlog, options);
    }
    if (fd < 0) throw systemError(fd, 'bind');
    const listener = new TcpListener(fd, manager, options, acceptor);
    listener.join(manager);
    return listener;
  }

  protected override streamOf(fd: number): TcpStream {
    return new TcpStream(fd, 'accept4', this.#options);
  }
}

/** A listening socket, or the negative errno of the call that failed. */
function open(name: Uint8Array, backlog: number, options: TcpListenOptions): number {
  const fd = createSocket(familyOf(name));
  if (fd < 0) return fd;
  const set = (level: number, option: number) => setOption(fd, level, option, 1);
  set(SOL_SOCKET, SO_REUSEADDR);
  if (options.reusePort) set(SOL_SOCKET, SO_REUSEPORT);
  // The system may say that '::' is IPv6 alone; what counts is what was asked for.
  if (familyOf(name) === AF_INET6) {
    setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, Number(options.ipv6Only ?? false));
  }
  const result = bind(fd, name) || listen(fd, backlog);
  if (result < 0) close(fd);
  return result < 0 ? result : fd;
}
