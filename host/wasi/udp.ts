import { bind, connect, SOCK_DGRAM } from '../sys/index.js';
import {
  addressOfSocket,
  checkRemote,
  checkUnicast,
  encode,
  type IpFamily,
  type IpSocketAddress,
  placeOf,
} from './address.js';
import { type Association, IncomingDatagramStream, OutgoingDatagramStream } from './datagrams.js';
import { checked, refuse } from './faults.js';
import { type Guest, Resource } from './guest.js';
import type { Network } from './network.js';
import { Pollable } from './pollable.js';
import { bufferSize, hopLimit, openSocket, setBufferSize, setHopLimit } from './socket-options.js';

type State = 'unbound' | 'bind-started' | 'bound' | 'connected';

/** Dissolves what connect(2) has made: a sockaddr of AF_UNSPEC. */
const NOBODY = new Uint8Array(16);

/** `wasi:sockets/udp.udp-socket`. */
export class UdpSocket extends Resource {
  readonly #fd: number;
  readonly #family: IpFamily;
  #state: State = 'unbound';
  #association: Association | undefined;

  constructor(guest: Guest, family: IpFamily, fd: number) {
    super(guest);
    this.#family = family;
    this.#fd = fd;
  }

  static open(guest: Guest, family: IpFamily): UdpSocket {
    return new UdpSocket(guest, family, openSocket(guest, family, SOCK_DGRAM));
  }

  startBind(_network: Network, address: IpSocketAddress): void {
    if (this.#is('bind-started')) refuse('concurrency-conflict');
    if (!this.#is('unbound')) refuse('invalid-state');
    checkUnicast(address, this.#family);
    const name = encode(address);
    this.guest.policy.check('listen', ...placeOf(name));
    checked(bind(this.#fd, name));
    this.#state = 'bind-started';
  }

  finishBind(): void {
    if (!this.#is('bind-started')) refuse('not-in-progress');
    this.#state = 'bound';
  }

  stream(remote: IpSocketAddress | undefined): [IncomingDatagramStream, OutgoingDatagramStream] {
    if (!this.#is('bound', 'connected')) refuse('invalid-state');
    if (remote) this.#checkPeer(remote);
    if (this.#is('connected')) checked(connect(this.#fd, NOBODY));
    this.#state = 'bound';
    if (this.#association) this.#association.current = false;
    if (remote) checked(connect(this.#fd, encode(remote)));
    this.#state = remote ? 'connected' : 'bound';
    const association = { fd: this.#fd, family: this.#family, remote, current: true };
    this.#association = association;
    const incoming = new IncomingDatagramStream(this.guest, association, this);
    return [incoming, new OutgoingDatagramStream(this.guest, association, this)];
  }

  #checkPeer(remote: IpSocketAddress): void {
    checkRemote(remote, this.#family);
    this.guest.policy.check('connect', ...placeOf(encode(remote)));
  }

  localAddress(): IpSocketAddress {
    if (this.#is('bind-started')) refuse('concurrency-conflict');
    if (this.#is('unbound')) refuse('invalid-state');
    return addressOfSocket(this.#fd, 'local');
  }

  remoteAddress(): IpSocketAddress {
    if (!this.#is('connected')) refuse('invalid-state');
    return addressOfSocket(this.#fd, 'remote');
  }

  addressFamily(): IpFamily {
    void this.guest;
    return this.#family;
  }

  unicastHopLimit(): number {
    return hopLimit(this.#use(), this.#family);
  }

  setUnicastHopLimit(value: number): void {
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

  /** Nothing of this socket's own has to be waited for. */
  subscribe(): Pollable {
    return new Pollable(this.guest, {}, this);
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
}
