import {
  assertStackRoom,
  checkCount,
  checkFlag,
  checkOptions,
  type EventManagerError,
  type FdSource,
  fdOf,
  formatAddress,
  type OptionNames,
  type SubscriberOps,
} from '../contract/index.js';
import {
  AF_INET6,
  bind,
  close,
  createSocket,
  familyOf,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  listen,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  setOption,
} from '../sys/index.js';
import { addressOfEnd, checkPort, placeOf, type SocketAddress } from './address.js';
import { Listener } from './listener.js';
import {
  type Acceptor,
  checkAcceptor,
  LISTENER_OPTIONS,
  type ListenerOptions,
} from './listener-options.js';
import { resolveNow } from './resolve.js';
import { checkResult } from './system-call.js';
import {
  TCP_OPTIONS,
  type TcpOptions,
  type TcpSettings,
  TcpStream,
  tcpSettingsOf,
} from './tcp-stream.js';

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

const ADOPT_OPTIONS: OptionNames<ListenerOptions & TcpOptions> = {
  ...LISTENER_OPTIONS,
  ...TCP_OPTIONS,
};
const LISTEN_OPTIONS: OptionNames<TcpListenOptions> = {
  ...ADOPT_OPTIONS,
  host: true,
  port: true,
  backlog: true,
  reusePort: true,
  ipv6Only: true,
};

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
  readonly #settings: TcpSettings;

  private constructor(
    fd: number,
    address: SocketAddress,
    options: ListenerOptions & TcpOptions,
    acceptor: Acceptor<TcpStream> | undefined,
  ) {
    super(fd, options, acceptor);
    this.#settings = tcpSettingsOf(options);
    this.address = address;
  }

  /**
   * socket(2), bind(2) with SO_REUSEADDR, listen(2). Options of `TcpStream` go to each connection.
   *
   * @throws RangeError, TypeError; EADDRINUSE, EACCES, EMFILE: it takes three fds;
   * ERR_NAME_NOT_RESOLVED
   */
  static listen(
    manager: SubscriberOps<never>,
    options: TcpListenOptions,
    acceptor?: Acceptor<TcpStream>,
  ): TcpListener {
    checkOptions('listen', options, LISTEN_OPTIONS);
    checkAcceptor(acceptor, options);
    tcpSettingsOf(options);
    for (const name of ['reusePort', 'ipv6Only'] as const) checkFlag(name, options[name]);
    const port = checkPort(options.port ?? 0);
    const backlog = checkCount('backlog', options.backlog ?? BACKLOG, 0, BACKLOG_MAX);
    assertStackRoom();
    const [fd, address] = open(options.host, port, backlog, options);
    return new TcpListener(fd, address, options, acceptor).start(manager);
  }

  /**
   * Takes over a TCP socket that listens already, such as one of systemd's. Where it throws, the fd
   * is still yours.
   *
   * @throws ERR_NOT_LISTENING; ENOTSOCK, EMFILE; what `addSubscriber` throws
   */
  static adopt(
    manager: SubscriberOps<never>,
    source: FdSource,
    acceptor: Acceptor<TcpStream>,
    options: ListenerOptions & TcpOptions = {},
  ): TcpListener {
    assertStackRoom();
    checkOptions('adopt', options, ADOPT_OPTIONS);
    checkAcceptor(acceptor, options);
    tcpSettingsOf(options);
    const fd = fdOf(source);
    const address = addressOfEnd(fd, 'local');
    return new TcpListener(fd, address, options, acceptor).startAdopted(manager);
  }

  protected override place(): string {
    return formatAddress(this.address.address, this.address.port);
  }

  protected override streamOf(fd: number): TcpStream {
    return new TcpStream(fd, 'accept4', this.#settings).configured();
  }
}

type Bound = [fd: number, address: SocketAddress];

/** A listening socket; on every address, IPv4's alone where there is no IPv6, without a `host`. */
function open(
  host: string | undefined,
  port: number,
  backlog: number,
  options: TcpListenOptions,
): Bound {
  try {
    return openAt(resolveNow(host ?? '::', port), backlog, options);
  } catch (error) {
    const { code } = error as EventManagerError;
    const noIPv6 = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
    if (host !== undefined || !noIPv6) throw error;
    return openAt(resolveNow('0.0.0.0', port), backlog, options);
  }
}

function openAt(name: Uint8Array, backlog: number, options: TcpListenOptions): Bound {
  const fd = checkResult(createSocket(familyOf(name)), 'socket');
  const set = (level: number, option: number, on: boolean) =>
    checkResult(setOption(fd, level, option, Number(on)), 'setsockopt', fd);
  try {
    set(SOL_SOCKET, SO_REUSEADDR, true);
    if (options.reusePort) set(SOL_SOCKET, SO_REUSEPORT, true);
    // The system may say that '::' is IPv6 alone; what counts is what was asked for.
    const wide = familyOf(name) === AF_INET6;
    if (wide) set(IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ?? false);
    checkResult(bind(fd, name), 'bind', fd, placeOf(name));
    checkResult(listen(fd, backlog), 'listen', fd, placeOf(name));
    return [fd, addressOfEnd(fd, 'local')];
  } catch (error) {
    close(fd);
    throw error;
  }
}
