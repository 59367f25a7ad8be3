import {
  addressOf,
  EAGAIN,
  ECONNREFUSED,
  NAME_MAX,
  POLLIN,
  POLLOUT,
  receiveFrom,
  sendTo,
} from '../sys/index.js';
import {
  checkRemote,
  decode,
  encode,
  type IpFamily,
  type IpSocketAddress,
  placeOf,
} from './address.js';
import { checked, refuse } from './faults.js';
import { type Guest, Resource, trap } from './guest.js';
import { isReady, Pollable } from './pollable.js';

interface Outgoing {
  readonly data: Uint8Array;
  readonly remoteAddress?: IpSocketAddress | undefined;
}
interface Incoming {
  readonly data: Uint8Array;
  readonly remoteAddress: IpSocketAddress;
}

/** The most datagrams of one call. */
const DATAGRAMS_MAX = 16;
const DATAGRAM_MAX = 65_536;
/** One `stream` call's association: the latest of its socket, or over. */
export interface Association {
  readonly fd: number;
  readonly family: IpFamily;
  readonly remote: IpSocketAddress | undefined;
  current: boolean;
}

const sameAddress = (a: IpSocketAddress, b: IpSocketAddress) => encode(a).equals(encode(b));

/** `wasi:sockets/udp.incoming-datagram-stream`. */
export class IncomingDatagramStream extends Resource {
  readonly #association: Association;

  constructor(guest: Guest, association: Association, socket: Resource) {
    super(guest, socket);
    this.#association = association;
  }

  receive(maxResults: bigint): Incoming[] {
    const { fd, remote, current } = this.#use();
    if (!current) refuse('invalid-state');
    const most = maxResults < DATAGRAMS_MAX ? Number(maxResults) : DATAGRAMS_MAX;
    const received: Incoming[] = [];
    while (received.length < most) {
      const datagram = receiveOne(fd);
      if (datagram === undefined) break;
      // One that came before the socket was connected may be a stranger's.
      if (!remote || sameAddress(datagram.remoteAddress, remote)) received.push(datagram);
    }
    return received;
  }

  subscribe(): Pollable {
    const association = this.#use();
    const settled = () => !association.current;
    return new Pollable(this.guest, { fd: association.fd, events: POLLIN, settled }, this);
  }

  #use(): Association {
    void this.guest;
    return this.#association;
  }
}

/** A datagram, or undefined where there is none. What an earlier send met is no error of this. */
function receiveOne(fd: number): Incoming | undefined {
  const data = new Uint8Array(DATAGRAM_MAX);
  const name = Buffer.alloc(NAME_MAX);
  const length = new Uint32Array([NAME_MAX]);
  for (;;) {
    const place = [addressOf(name), addressOf(length)] as const;
    const count = receiveFrom(fd, addressOf(data), DATAGRAM_MAX, ...place);
    if (count >= 0) return { data: data.slice(0, count), remoteAddress: decode(name) };
    if (count === -EAGAIN) return undefined;
    if (count !== -ECONNREFUSED) checked(count);
  }
}

/** `wasi:sockets/udp.outgoing-datagram-stream`. */
export class OutgoingDatagramStream extends Resource {
  readonly #association: Association;
  #permit = 0;

  constructor(guest: Guest, association: Association, socket: Resource) {
    super(guest, socket);
    this.#association = association;
  }

  checkSend(): bigint {
    const { fd } = this.#current();
    const writable = isReady(fd, POLLOUT);
    this.#permit = writable ? DATAGRAMS_MAX : 0;
    return BigInt(this.#permit);
  }

  send(datagrams: readonly Outgoing[]): bigint {
    const { fd } = this.#current();
    if (datagrams.length > this.#permit) trap('`send` was given more than `check-send` permitted');
    let sent = 0;
    for (const { data, remoteAddress } of datagrams) {
      try {
        if (!sendOne(fd, data, this.#nameFor(remoteAddress))) break;
      } catch (error) {
        if (sent === 0) throw error;
        break;
      }
      sent += 1;
    }
    this.#permit -= sent;
    return BigInt(sent);
  }

  subscribe(): Pollable {
    const { fd } = this.#association;
    void this.guest;
    const settled = () => !this.#association.current;
    return new Pollable(this.guest, { fd, events: POLLOUT, settled }, this);
  }

  /** Where a datagram goes: undefined for the socket's peer. */
  #nameFor(remote: IpSocketAddress | undefined): Buffer | undefined {
    const { remote: peer, family } = this.#association;
    if (peer) return remote && !sameAddress(remote, peer) ? refuse('invalid-argument') : undefined;
    if (!remote) return refuse('invalid-argument');
    checkRemote(remote, family);
    const name = encode(remote);
    this.guest.policy.check('connect', ...placeOf(name));
    return name;
  }

  #current(): Association {
    void this.guest;
    return this.#association.current ? this.#association : refuse('invalid-state');
  }
}

/** Whether it was sent, and not held up. What an earlier one met is told by the first attempt. */
function sendOne(fd: number, data: Uint8Array, name: Buffer | undefined): boolean {
  const to = name ? ([addressOf(name), name.byteLength] as const) : ([0, 0] as const);
  const from = data.byteLength === 0 ? 0 : addressOf(data);
  let status = sendTo(fd, from, data.byteLength, ...to);
  if (status === -ECONNREFUSED) status = sendTo(fd, from, data.byteLength, ...to);
  if (status === -EAGAIN) return false;
  checked(status);
  return true;
}
