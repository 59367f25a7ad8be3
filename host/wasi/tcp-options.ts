import {
  getOption,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  setOption,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
} from '../sys/index.js';
import type { IpFamily } from './address.js';
import { checked, refuse } from './faults.js';
import { type Guest, Resource } from './guest.js';
import {
  bufferSize,
  hopLimit,
  secondsNs,
  setBufferSize,
  setHopLimit,
  wholeSeconds,
} from './socket-options.js';

/** The most that Linux takes, of seconds and of probes. */
const KEEP_SECONDS_MAX = 32_767;
const KEEP_COUNT_MAX = 127;

/** What a TCP socket answers in every state. */
export class TcpOptions extends Resource {
  readonly #fd: number;
  readonly #family: IpFamily;

  constructor(guest: Guest, family: IpFamily, fd: number) {
    super(guest);
    this.#fd = fd;
    this.#family = family;
  }

  /** Of a socket that was not dropped. */
  protected get fd(): number {
    void this.guest;
    return this.#fd;
  }

  /** Also of one that is being dropped. */
  protected get heldFd(): number {
    return this.#fd;
  }

  protected get family(): IpFamily {
    void this.guest;
    return this.#family;
  }

  addressFamily(): IpFamily {
    return this.family;
  }

  keepAliveEnabled(): boolean {
    return checked(getOption(this.fd, SOL_SOCKET, SO_KEEPALIVE)) !== 0;
  }

  setKeepAliveEnabled(value: boolean): void {
    checked(setOption(this.fd, SOL_SOCKET, SO_KEEPALIVE, Number(value)));
  }

  keepAliveIdleTime(): bigint {
    return secondsNs(checked(getOption(this.fd, IPPROTO_TCP, TCP_KEEPIDLE)));
  }

  setKeepAliveIdleTime(value: bigint): void {
    const seconds = wholeSeconds(value, KEEP_SECONDS_MAX);
    checked(setOption(this.fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds));
  }

  keepAliveInterval(): bigint {
    return secondsNs(checked(getOption(this.fd, IPPROTO_TCP, TCP_KEEPINTVL)));
  }

  setKeepAliveInterval(value: bigint): void {
    const seconds = wholeSeconds(value, KEEP_SECONDS_MAX);
    checked(setOption(this.fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds));
  }

  keepAliveCount(): number {
    return checked(getOption(this.fd, IPPROTO_TCP, TCP_KEEPCNT));
  }

  setKeepAliveCount(value: number): void {
    if (value === 0) refuse('invalid-argument');
    const count = Math.min(value, KEEP_COUNT_MAX);
    checked(setOption(this.fd, IPPROTO_TCP, TCP_KEEPCNT, count));
  }

  hopLimit(): number {
    return hopLimit(this.fd, this.family);
  }

  setHopLimit(value: number): void {
    setHopLimit(this.fd, this.family, value);
  }

  receiveBufferSize(): bigint {
    return bufferSize(this.fd, 'receive');
  }

  setReceiveBufferSize(value: bigint): void {
    setBufferSize(this.fd, 'receive', value);
  }

  sendBufferSize(): bigint {
    return bufferSize(this.fd, 'send');
  }

  setSendBufferSize(value: bigint): void {
    setBufferSize(this.fd, 'send', value);
  }
}
