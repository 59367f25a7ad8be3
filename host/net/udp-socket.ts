import { EPOLLERR, EPOLLIN, EPOLLOUT } from '../../assembly/abi.js';
import {
  assertStackRoom,
  checkHandlerNames,
  type EventManagerError,
  type Events,
  FailureRun,
  formatAddress,
  invalidType,
  type OptionNames,
  outOfRange,
  type Part,
  type Place,
  type SubscriberOps,
  systemError,
} from '../contract/index.js';
import {
  addressOf,
  bind,
  connect,
  createSocket,
  EAGAIN,
  ECONNREFUSED,
  encodeInternet,
  familyOf,
  NAME_MAX,
  receiveFrom,
  SO_BROADCAST,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOL_SOCKET,
  sendTo,
  setOption,
  takeError,
} from '../sys/index.js';
import { addressFrom, addressOfEnd, checkPort, placeOf, type SocketAddress } from './address.js';
import { locationOf } from './location.js';
import { borrowPool, returnPool } from './pool.js';
import { resolveNow } from './resolve.js';
import { chunkOf } from './send-queue.js';
import { Socket } from './socket.js';
import { checkResult, recovered } from './system-call.js';
import { checkUdpOptions, type UdpOptions } from './udp-options.js';

/** Datagrams read in one turn, before the others get theirs. */
const DATAGRAM_BUDGET = 64;
/** Destinations whose sockaddr is kept; and after how long a failure is told of again. */
const [NAMES_MAX, QUIET_MS] = [256, 1_000];

export interface UdpHandlers {
  /** A datagram, whole. The buffer is good for this call only; `from` may be kept. */
  onMessage?(bytes: Buffer, from: SocketAddress, socket: UdpSocket): void;
  /** After a `send` that answered false: there is room again. */
  onDrain?(socket: UdpSocket): void;
  /**
   * Something failed, such as an earlier datagram to a closed port (ECONNREFUSED, on a connected
   * socket). The socket goes on. The same failure is told of once, until a datagram is received or
   * a second has passed; then ERR_RECOVERED tells their number. Without this handler it is thrown.
   */
  onError?(error: EventManagerError, socket: UdpSocket): void;
  /** The last call. */
  onClose?(socket: UdpSocket): void;
}

const HANDLERS: OptionNames<UdpHandlers> = {
  onMessage: true,
  onDrain: true,
  onError: true,
  onClose: true,
};

/**
 * Sends and receives datagrams.
 *
 * @example
 * using echo = UdpSocket.open(manager, { host: '127.0.0.1', port: 7 }, {
 *   onMessage: (bytes, from, socket) => void socket.send(bytes, from),
 * });
 */
export class UdpSocket extends Socket {
  readonly #handlers: UdpHandlers;
  readonly #names = new Map<string, Uint8Array>();
  // Where the last datagram came from: sockets hear from the same peer again and again.
  readonly #name = Buffer.alloc(NAME_MAX);
  readonly #nameAddress = addressOf(this.#name);
  readonly #nameLength = new Uint32Array(1);
  readonly #nameLengthAddress = addressOf(this.#nameLength);
  #lastName = Buffer.alloc(0);
  #lastFrom: SocketAddress | undefined;
  #drainWanted = false;
  readonly #failures = new FailureRun(recovered('a datagram'));
  #peer: Place | undefined;

  private constructor(fd: number, handlers: UdpHandlers) {
    super(fd, 'socket');
    this.#handlers = handlers;
  }

  /**
   * socket(2), bind(2), and connect(2) where there is a `peer`.
   *
   * @throws RangeError, TypeError; EADDRINUSE, …; ERR_NAME_NOT_RESOLVED
   */
  static open(manager: SubscriberOps<never>, options: UdpOptions, handlers: UdpHandlers = {}) {
    assertStackRoom();
    checkUdpOptions(options);
    checkHandlerNames('a UdpSocket', handlers, HANDLERS);
    const port = checkPort(options.port ?? 0);
    const peer = options.peer && resolveNow(options.peer.host, checkPort(options.peer.port, 1));
    const wide = peer !== undefined && peer.length > resolveNow('0.0.0.0', 0).length;
    const name = resolveNow(options.host ?? (wide ? '::' : '0.0.0.0'), port);
    const socket = new UdpSocket(createSocket(familyOf(name), SOCK_DGRAM), handlers);
    return socket.complete(() => {
      socket.#set(SO_REUSEADDR, options.reuseAddress);
      socket.#set(SO_REUSEPORT, options.reusePort);
      socket.#set(SO_BROADCAST, options.broadcast);
      socket.#check(bind(socket.fd, name), 'bind', placeOf(name));
      if (peer) {
        socket.#peer = placeOf(peer);
        socket.#check(connect(socket.fd, peer), 'connect', socket.#peer);
      }
      socket.join(manager);
    });
  }

  /** getsockname(2): with the port that the kernel chose for 0. */
  get address(): SocketAddress {
    return addressOfEnd(this.open, 'local');
  }

  /**
   * sendto(2), at once. Returns whether the datagram was sent. False means that the kernel has no
   * room: send it again after `onDrain`.
   *
   * @throws RangeError for a destination that isn't numeric; EMSGSIZE above 65 507
   * bytes, EDESTADDRREQ without a destination, ECONNREFUSED for an earlier one, …
   */
  send(bytes: Uint8Array | string, to?: { address: string; port: number }): boolean {
    const chunk = chunkOf(bytes);
    const name = to && this.#nameOf(to.address, to.port);
    const length = name?.length ?? 0;
    const at = name ? addressOf(name) : 0;
    const result = sendTo(this.open, locationOf(chunk), chunk.length, at, length);
    if (result === -EAGAIN) {
      this.#drainWanted = true;
      this.update();
      return false;
    }
    if (result < 0) this.#check(result, 'sendto', name ? placeOf(name) : this.#peer);
    return true;
  }

  override process(events: Events): void {
    if ((events.eventSet & EPOLLERR) !== 0) this.#report(takeError(this.fd));
    if (!this.closed && (events.eventSet & EPOLLIN) !== 0) this.#receive();
    if (this.closed || !this.#drainWanted || (events.eventSet & EPOLLOUT) === 0) return;
    this.#drainWanted = false;
    this.update();
    this.#handlers.onDrain?.(this);
  }

  protected override wanted(): number {
    return this.#drainWanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  }

  protected override details(): readonly Part[] {
    if (this.closed) return [];
    const [{ address, port }, peer] = [this.address, this.#peer];
    return [
      formatAddress(address, port),
      peer && `peer: ${formatAddress(peer.address!, peer.port!)}`,
    ];
  }

  protected override ended(): void {
    try {
      this.#recover();
    } finally {
      this.#handlers.onClose?.(this);
    }
  }

  #receive(): void {
    const pool = borrowPool();
    try {
      for (let i = 0; i < DATAGRAM_BUDGET && !this.closed; i += 1) {
        this.#nameLength[0] = NAME_MAX;
        const { address, size } = pool;
        const fd = this.fd;
        const length = receiveFrom(fd, address, size, this.#nameAddress, this.#nameLengthAddress);
        if (length === -EAGAIN) return;
        if (length < 0) {
          this.#report(length);
          return;
        }
        if (this.#failures.lasts) this.#recover();
        this.#handlers.onMessage?.(pool.view(length), this.#from(), this);
      }
    } finally {
      returnPool();
    }
  }

  #from(): SocketAddress {
    const name = this.#name.subarray(0, this.#nameLength[0]);
    if (this.#lastFrom && this.#lastName.equals(name)) return this.#lastFrom;
    this.#lastName = Buffer.from(name);
    this.#lastFrom = Object.freeze(addressFrom(this.#name));
    return this.#lastFrom;
  }

  #nameOf(address: string, port: number): Uint8Array {
    if (typeof address !== 'string') throw invalidType('A destination', 'a string', address);
    checkPort(port, 1);
    const key = `${port} ${address}`;
    const known = this.#names.get(key);
    if (known) return known;
    const name = encodeInternet(address, port);
    if (!name) throw outOfRange('A destination', 'a numeric address', address);
    if (this.#names.size >= NAMES_MAX) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }

  #set(option: number, on: boolean | undefined): void {
    if (on) this.#check(setOption(this.fd, SOL_SOCKET, option, 1), 'setsockopt');
  }

  #check(result: number, syscall: string, place?: Place): void {
    checkResult(result, syscall, this.fd, place);
  }

  #report(status: number): void {
    if (status === 0) return;
    const syscall = status === -ECONNREFUSED ? 'sendto' : 'recvfrom';
    const error = systemError(status, syscall, this.fd, this.#peer);
    if (this.#failures.quietFor(QUIET_MS)) this.#recover();
    if (!this.#failures.failed(error)) return;
    if (!this.#handlers.onError) throw error;
    this.#handlers.onError(error, this);
  }

  #recover(): void {
    const failures = this.#failures.ended();
    if (failures && this.#handlers.onError) this.#handlers.onError(failures, this);
    else if (failures) process.emitWarning(failures);
  }
}
