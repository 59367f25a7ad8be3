import { isIP } from 'node:net';
import { AF_INET, AF_INET6, decodeInternet, familyOf, NAME_MAX, nameOf } from '../sys/index.js';
import { checked, refuse } from './faults.js';

export type IpFamily = 'ipv4' | 'ipv6';
export type IpAddress =
  | { tag: 'ipv4'; val: [number, number, number, number] }
  | { tag: 'ipv6'; val: number[] };
export type IpSocketAddress =
  | { tag: 'ipv4'; val: { port: number; address: [number, number, number, number] } }
  | { tag: 'ipv6'; val: { port: number; flowInfo: number; address: number[]; scopeId: number } };

const SIZE_INET = 16;
const SIZE_INET6 = 28;
const AT_PORT = 2;
const AT_INET = 4;
const AT_FLOW = 4;
const AT_INET6 = 8;
const AT_SCOPE = 24;
const GROUPS = 8;
const MULTICAST = 0xe0;
const MULTICAST_END = 0xf0;

export const domainOf = (family: IpFamily) => (family === 'ipv4' ? AF_INET : AF_INET6);

/** A sockaddr_in or sockaddr_in6. The flow is in the WIT as in the kernel's bytes. */
export function encode(address: IpSocketAddress): Buffer {
  if (address.tag === 'ipv4') {
    const name = Buffer.alloc(SIZE_INET);
    name.writeUInt16LE(AF_INET, 0);
    name.writeUInt16BE(address.val.port, AT_PORT);
    name.set(address.val.address, AT_INET);
    return name;
  }
  const name = Buffer.alloc(SIZE_INET6);
  name.writeUInt16LE(AF_INET6, 0);
  name.writeUInt16BE(address.val.port, AT_PORT);
  name.writeUInt32BE(address.val.flowInfo, AT_FLOW);
  for (const [i, group] of address.val.address.entries())
    name.writeUInt16BE(group, AT_INET6 + 2 * i);
  name.writeUInt32LE(address.val.scopeId, AT_SCOPE);
  return name;
}

export function decode(name: Uint8Array): IpSocketAddress {
  const bytes = Buffer.from(name.buffer, name.byteOffset, name.byteLength);
  const port = bytes.readUInt16BE(AT_PORT);
  if (familyOf(name) === AF_INET) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(AT_INET, AT_INET + 4);
    return { tag: 'ipv4', val: { port, address: [a, b, c, d] } };
  }
  const address = Array.from({ length: GROUPS }, (_, i) => bytes.readUInt16BE(AT_INET6 + 2 * i));
  const flowInfo = bytes.readUInt32BE(AT_FLOW);
  return { tag: 'ipv6', val: { port, flowInfo, address, scopeId: bytes.readUInt32LE(AT_SCOPE) } };
}

/** The numeric address and the port, as a policy sees them. */
export function placeOf(name: Uint8Array): [address: string, port: number] {
  const { address, port } = decodeInternet(name);
  return [address, port];
}

/** A numeric address, as getaddrinfo(3) has it. */
export function parseAddress(text: string): IpAddress {
  const plain = text.replace(/%.*$/, '');
  if (isIP(plain) === 4) {
    const [a = 0, b = 0, c = 0, d = 0] = plain.split('.').map(Number);
    return { tag: 'ipv4', val: [a, b, c, d] };
  }
  return { tag: 'ipv6', val: groupsOf(plain) };
}

function groupsOf(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const [head = '', tail] = (dotted ? `${dotted[1]}${pairs(dotted)}` : text).split('::');
  const groups = (part: string) =>
    part
      .split(':')
      .filter(Boolean)
      .map((g) => Number.parseInt(g, 16));
  const before = groups(head);
  const after = groups(tail ?? '');
  return [...before, ...Array<number>(GROUPS - before.length - after.length).fill(0), ...after];
}

function pairs(dotted: RegExpExecArray): string {
  const [a, b, c, d] = dotted.slice(2).map(Number) as [number, number, number, number];
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

const isMapped = (groups: number[]) =>
  groups[5] === 0xffff && groups.slice(0, 5).every((g) => g === 0);

/** Ends the call where it is no address of one host, in the socket's own family. */
export function checkUnicast(address: IpSocketAddress, family: IpFamily): void {
  if (address.tag !== family) refuse('invalid-argument');
  if (address.tag === 'ipv6') {
    const groups = address.val.address;
    if (groups[0]! >> 8 === 0xff || isMapped(groups)) refuse('invalid-argument');
    return;
  }
  const [first] = address.val.address;
  const isMulticast = first >= MULTICAST && first < MULTICAST_END;
  if (isMulticast || address.val.address.every((byte) => byte === 255)) refuse('invalid-argument');
}

/** The same of somebody else's, which has to be a place that can be reached. */
export function checkRemote(address: IpSocketAddress, family: IpFamily): void {
  checkUnicast(address, family);
  const numbers: number[] = address.val.address;
  if (numbers.every((number) => number === 0) || address.val.port === 0) refuse('invalid-argument');
}

/** getsockname(2) or getpeername(2). */
export function addressOfSocket(fd: number, end: 'local' | 'remote'): IpSocketAddress {
  const name = Buffer.alloc(NAME_MAX);
  checked(nameOf(fd, end, name));
  return decode(name);
}
