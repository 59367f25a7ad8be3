import {
  AF_INET6,
  createSocket,
  getOption,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SO_RCVBUF,
  SO_SNDBUF,
  SOL_SOCKET,
  setOption,
} from '../sys/index.js';
import { domainOf, type IpFamily } from './address.js';
import { checked, refuse } from './faults.js';
import type { Guest } from './guest.js';

const INT_MAX = 2 ** 31 - 1;
const SECOND = 1_000_000_000n;

/** A fd of a new socket; IPv6 is that alone, as the WIT wants it. */
export function openSocket(guest: Guest, family: IpFamily, type: number): number {
  guest.checkRoom();
  const fd = checked(createSocket(domainOf(family), type));
  guest.own(fd);
  if (domainOf(family) === AF_INET6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

export function hopLimit(fd: number, family: IpFamily): number {
  return checked(getOption(fd, ...hops(family)));
}

export function setHopLimit(fd: number, family: IpFamily, value: number): void {
  if (value === 0) refuse('invalid-argument');
  checked(setOption(fd, ...hops(family), value));
}

function hops(family: IpFamily): [level: number, name: number] {
  return family === 'ipv4' ? [IPPROTO_IP, IP_TTL] : [IPPROTO_IPV6, IPV6_UNICAST_HOPS];
}

const BUFFERS = { receive: SO_RCVBUF, send: SO_SNDBUF };

/** Linux keeps, and tells, twice what was asked for: half of that is for its own records. */
export function bufferSize(fd: number, side: keyof typeof BUFFERS): bigint {
  return BigInt(checked(getOption(fd, SOL_SOCKET, BUFFERS[side])) >> 1);
}

export function setBufferSize(fd: number, side: keyof typeof BUFFERS, value: bigint): void {
  if (value === 0n) refuse('invalid-argument');
  checked(setOption(fd, SOL_SOCKET, BUFFERS[side], value > INT_MAX ? INT_MAX : Number(value)));
}

/** A duration in whole seconds, rounded up, and no more than `most`. */
export function wholeSeconds(durationNs: bigint, most: number): number {
  if (durationNs === 0n) refuse('invalid-argument');
  const seconds = (durationNs + SECOND - 1n) / SECOND;
  return seconds > most ? most : Number(seconds);
}

export const secondsNs = (seconds: number) => BigInt(seconds) * SECOND;
