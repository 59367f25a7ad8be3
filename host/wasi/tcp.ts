import {
  accept,
  bind,
  connect,
  EINPROGRESS,
  getOption,
  IPPROTO_TCP,
  listen,
  POLLIN,
  POLLOUT,
  pollFds,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  setOption,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
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
import { type Guest, Resource } from './guest.js';
import type { Network } from './network.js';
import { Pollable } from './pollable.js';
import {
  bufferSize,
  hopLimit,
  openSocket,
  secondsNs,
  setBufferSize,
  setHopLimit,
  wholeSeconds,
} from './socket-options.js';
import { InputStream, OutputStream } from './streams.js';
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
/** The most that Linux takes, of seconds and of probes. */
const KEEP_SECONDS_MAX = 32_767;
const KEEP_COUNT_MAX = 127;

/** `wasi:sockets/tcp.tcp-socket`. */
export class TcpSocket extends Resource {
  readonly #fd: number;
  readonly #family: IpFamily;
  #state: State;
  #backlog = BACKLOG;
  #connection: { source: TcpSource; sink: TcpSink } | undefined;

  constructor(guest: Guest, family: IpFamily, fd: number, state: State = 'unbound') {
    super(guest);
    this.#fd = fd;
    this.#family = family;
    this.#state = state;
  }

  static open(guest: Guest, family: IpFamily): TcpSocket {
    return new TcpSocket(guest, family, openSocket(guest, family, SOCK_STREAM));
  }

  startBind(_network: Network, address: IpSocketAddress): void {
    if (this.#is('bind-started')) refuse('concurrency-conflict');
    if (!this.#is('unbound')) refuse('invalid-state');
    checkUnicast(address, this.#family);
    const name = encode(address);
    this.guest.policy.check('listen', ...placeOf(name));
    setOption(this.#fd, SOL_SOCKET, SO_REUSEADDR, 1);
    checked(bind(this.#fd, name));
    this.#state = 'bind-started';
  }

  finishBind(): void {
    if (!this.#is('bind-started')) refuse('not-in-progress');
    this.#state = 'bound';
  }

  startConnect(_network: Network, address: IpSocketAddress): void {
    if (this.#is('connecting', 'bind-started', 'listen-started')) refuse('concurrency-conflict');
    if (!this.#is('unbound', 'bound')) refuse('invalid-state');
    checkRemote(address, this.#family);
    const name = encode(address);
    this.guest.policy.check('connect', ...placeOf(name));
    const status = connect(this.#fd, name);
    if (status < 0 && status !== -EINPROGRESS) {
      this.#state = 'closed';
      checked(status);
    }
    this.#state = 'connecting';
  }

  finishConnect(): [InputStream, OutputStream] {
    if (!this.#is('connecting')) refuse('not-in-progress');
    if (pollFds(new Int32Array([this.#fd, POLLOUT]), 1, 0n) === 0) refuse('would-block');
    const status = takeError(this.#fd);
    this.#state = status < 0 ? 'closed' : 'connected';
    checked(status);
    return this.#streams();
  }

  startListen(): void {
    if (this.#is('listen-started', 'bind-started')) refuse('concurrency-conflict');
    if (!this.#is('bound')) refuse('invalid-state');
    checked(listen(this.#fd, this.#backlog));
    this.#state = 'listen-started';
  }

  finishListen(): void {
    if (!this.#is('listen-started')) refuse('not-in-progress');
    this.#state = 'listening';
  }

  accept(): [TcpSocket, InputStream, OutputStream] {
    if (!this.#is('listening')) refuse('invalid-state');
    this.guest.checkRoom();
    const fd = checked(accept(this.#fd));
    this.guest.own(fd);
    const socket = new TcpSocket(this.guest, this.#family, fd, 'connected');
    return [socket, ...socket.#streams()];
  }

  localAddress(): IpSocketAddress {
    if (this.#is('bind-started')) refuse('concurrency-conflict');
    if (this.#is('unbound')) refuse('invalid-state');
    return addressOfSocket(this.#fd, 'local');
  }

  remoteAddress(): IpSocketAddress {
    if (this.#is('connecting')) refuse('concurrency-conflict');
    if (!this.#is('connected')) refuse('invalid-state');
    return addressOfSocket(this.#fd, 'remote');
  }

  isListening(): boolean {
    return this.#is('listening');
  }

  addressFamily(): IpFamily {
    void this.guest;
    return this.#family;
  }

  setListenBacklogSize(value: bigint): void {
    if (value === 0n) refuse('invalid-argument');
    const backlog = value > INT_MAX ? INT_MAX : Number(value);
    if (this.#is('listening')) checked(listen(this.#fd, backlog));
    else if (!this.#is('unbound', 'bind-started', 'bound')) refuse('invalid-state');
    this.#backlog = backlog;
  }

  keepAliveEnabled(): boolean {
    return checked(getOption(this.#use(), SOL_SOCKET, SO_KEEPALIVE)) !== 0;
  }

  setKeepAliveEnabled(value: boolean): void {
    checked(setOption(this.#use(), SOL_SOCKET, SO_KEEPALIVE, Number(value)));
  }

  keepAliveIdleTime(): bigint {
    return secondsNs(checked(getOption(this.#use(), IPPROTO_TCP, TCP_KEEPIDLE)));
  }

  setKeepAliveIdleTime(value: bigint): void {
    const seconds = wholeSeconds(value, KEEP_SECONDS_MAX);
    checked(setOption(this.#use(), IPPROTO_TCP, TCP_KEEPIDLE, seconds));
  }

  keepAliveInterval(): bigint {
    return secondsNs(checked(getOption(this.#use(), IPPROTO_TCP, TCP_KEEPINTVL)));
  }

  setKeepAliveInterval(value: bigint): void {
    const seconds = wholeSeconds(value, KEEP_SECONDS_MAX);
    checked(setOption(this.#use(), IPPROTO_TCP, TCP_KEEPINTVL, seconds));
  }

  keepAliveCount(): number {
    return checked(getOption(this.#use(), IPPROTO_TCP, TCP_KEEPCNT));
  }

  setKeepAliveCount(value: number): void {
    if (value === 0) refuse('invalid-argument');
    const count = Math.min(value, KEEP_COUNT_MAX);
    checked(setOption(this.#use(), IPPROTO_TCP, TCP_KEEPCNT, count));
  }

  hopLimit(): number {
    return hopLimit(this.#use(), this.#family);
  }

  setHopLimit(value: number): void {
    setHopLimit(this.#use(), this.#family, value);
  }

  receiveBufferSize(): bigint {
    return bufferSize(this.#use(), 'receive');
  }

  setReceiveBufferSize(value: bigint): void {
    setBufferSize(this.#use(), 'receive', value);
  }

  sendBufferSize(): bigint {
    return bufferSize(this.#use(), 'send');
  }

  setSendBufferSize(value: bigint): void {
    setBufferSize(this.#use(), 'send', value);
  }

  subscribe(): Pollable {
    const settled = () => !this.#is('connecting', 'listening');
    const events = this.#is('listening', 'bound', 'listen-started') ? POLLIN : POLLOUT;
    return new Pollable(this.guest, { fd: this.#use(), events, settled }, this);
  }

  shutdown(side: 'receive' | 'send' | 'both'): void {
    if (this.#is('connecting')) refuse('concurrency-conflict');
    if (!this.#is('connected')) refuse('invalid-state');
    if (side !== 'send') this.#connection!.source.shutdown();
    if (side !== 'receive') this.#connection!.sink.shutdown();
  }

  protected override released(guest: Guest): void {
    guest.closeFd(this.#fd);
  }

  #use(): number {
    void this.guest;
    return this.#fd;
  }

  #is(...states: State[]): boolean {
    void this.guest;
    return states.includes(this.#state);
  }

  #streams(): [InputStream, OutputStream] {
    const source = new TcpSource(this.#fd);
    const sink = new TcpSink(this.#fd);
    this.#connection = { source, sink };
    const input = new InputStream(this.guest, source, this);
    return [input, new OutputStream(this.guest, sink, this)];
  }
}
