import {
  accept,
  bind,
  connect,
  EINPROGRESS,
  listen,
  POLLIN,
  POLLOUT,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  setOption,
  takeError,
} from '../sys/index.js';
import {
  addressOfSocket,
  checkRemote,
  checkUnicast,
  encode,
  type IpFamily,
  type IpSocketAddress,
  placeOf,
} from './address.js';
import { checked, refuse } from './faults.js';
import type { Guest } from './guest.js';
import type { Network } from './network.js';
import { isReady, Pollable } from './pollable.js';
import { openSocket } from './socket-options.js';
import { InputStream, OutputStream } from './streams.js';
import { TcpOptions } from './tcp-options.js';
import { TcpSink, TcpSource } from './tcp-streams.js';

/** What `invalid-state` and the like are told by; errno knows less. */
type State =
  | 'unbound'
  | 'bind-started'
  | 'bound'
  | 'listen-started'
  | 'listening'
  | 'connecting'
  | 'connected'
  | 'closed';

const BACKLOG = 128;
const INT_MAX = 2 ** 31 - 1;
/** `wasi:sockets/tcp.tcp-socket`. */
export class TcpSocket extends TcpOptions {
  #state: State;
  #backlog = BACKLOG;
  #connection: { source: TcpSource; sink: TcpSink } | undefined;

  constructor(guest: Guest, family: IpFamily, fd: number, state: State = 'unbound') {
    super(guest, family, fd);
    this.#state = state;
  }

  static open(guest: Guest, family: IpFamily): TcpSocket {
    return new TcpSocket(guest, family, openSocket(guest, family, SOCK_STREAM));
  }

  startBind(_network: Network, address: IpSocketAddress): void {
    if (this.#is('bind-started')) refuse('concurrency-conflict');
    if (!this.#is('unbound')) refuse('invalid-state');
    checkUnicast(address, this.family);
    const name = encode(address);
    this.guest.policy.check('listen', ...placeOf(name));
    setOption(this.fd, SOL_SOCKET, SO_REUSEADDR, 1);
    checked(bind(this.fd, name));
    this.#state = 'bind-started';
  }

  finishBind(): void {
    if (!this.#is('bind-started')) refuse('not-in-progress');
    this.#state = 'bound';
  }

  startConnect(_network: Network, address: IpSocketAddress): void {
    if (this.#is('connecting', 'bind-started', 'listen-started')) refuse('concurrency-conflict');
    if (!this.#is('unbound', 'bound')) refuse('invalid-state');
    checkRemote(address, this.family);
    const name = encode(address);
    this.guest.policy.check('connect', ...placeOf(name));
    const status = connect(this.fd, name);
    if (status < 0 && status !== -EINPROGRESS) {
      this.#state = 'closed';
      checked(status);
    }
    this.#state = 'connecting';
  }

  finishConnect(): [InputStream, OutputStream] {
    if (!this.#is('connecting')) refuse('not-in-progress');
    if (!isReady(this.fd, POLLOUT)) refuse('would-block');
    const status = takeError(this.fd);
    this.#state = status < 0 ? 'closed' : 'connected';
    checked(status);
    return this.#streams();
  }

  startListen(): void {
    if (this.#is('listen-started', 'bind-started')) refuse('concurrency-conflict');
    if (!this.#is('bound')) refuse('invalid-state');
    checked(listen(this.fd, this.#backlog));
    this.#state = 'listen-started';
  }

  finishListen(): void {
    if (!this.#is('listen-started')) refuse('not-in-progress');
    this.#state = 'listening';
  }

  accept(): [TcpSocket, InputStream, OutputStream] {
    if (!this.#is('listening')) refuse('invalid-state');
    this.guest.checkRoom();
    const fd = checked(accept(this.fd));
    this.guest.own(fd);
    const socket = new TcpSocket(this.guest, this.family, fd, 'connected');
    return [socket, ...socket.#streams()];
  }

  localAddress(): IpSocketAddress {
    if (this.#is('bind-started')) refuse('concurrency-conflict');
    if (this.#is('unbound')) refuse('invalid-state');
    return addressOfSocket(this.fd, 'local');
  }

  remoteAddress(): IpSocketAddress {
    if (this.#is('connecting')) refuse('concurrency-conflict');
    if (!this.#is('connected')) refuse('invalid-state');
    return addressOfSocket(this.fd, 'remote');
  }

  isListening(): boolean {
    return this.#is('listening');
  }

  setListenBacklogSize(value: bigint): void {
    if (value === 0n) refuse('invalid-argument');
    const backlog = value > INT_MAX ? INT_MAX : Number(value);
    if (this.#is('listening')) checked(listen(this.fd, backlog));
    else if (!this.#is('unbound', 'bind-started', 'bound')) refuse('invalid-state');
    this.#backlog = backlog;
  }

  subscribe(): Pollable {
    const settled = () => !this.#is('connecting', 'listening');
    const events = this.#is('listening', 'bound', 'listen-started') ? POLLIN : POLLOUT;
    return new Pollable(this.guest, { fd: this.fd, events, settled }, this);
  }

  shutdown(side: 'receive' | 'send' | 'both'): void {
    if (this.#is('connecting')) refuse('concurrency-conflict');
    if (!this.#is('connected')) refuse('invalid-state');
    if (side !== 'send') this.#connection!.source.shutdown();
    if (side !== 'receive') this.#connection!.sink.shutdown();
  }

  protected override released(guest: Guest): void {
    guest.closeFd(this.heldFd);
  }

  #is(...states: State[]): boolean {
    void this.guest;
    return states.includes(this.#state);
  }

  #streams(): [InputStream, OutputStream] {
    const source = new TcpSource(this.fd);
    const sink = new TcpSink(this.fd);
    this.#connection = { source, sink };
    const input = new InputStream(this.guest, source, this);
    return [input, new OutputStream(this.guest, sink, this)];
  }
}
