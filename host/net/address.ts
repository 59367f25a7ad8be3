import { checkCount, systemError } from '../contract/index.js';
import { decodeInternet, NAME_MAX, nameOf } from '../sys/index.js';

const PORT_MAX = 65_535;

/** One end of a connection, or where a datagram came from. */
export interface SocketAddress {
  /** Numeric: '127.0.0.1', '::1', 'fe80::1%2'. */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** A port, 0 to 65 535. */
export function checkPort(port: unknown, least = 0): number {
  return checkCount('A port', port, least, PORT_MAX);
}

/** '127.0.0.1:80', '[::1]:80'. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What a sockaddr says. */
export function addressFrom(name: Uint8Array): SocketAddress {
  const { address, port, family, scope } = decodeInternet(name);
  return { address: scope === 0 ? address : `${address}%${scope}`, port, family };
}

/** getsockname(2) or getpeername(2) of an internet socket. */
export function addressOfEnd(fd: number, end: 'local' | 'remote'): SocketAddress {
  const name = Buffer.alloc(NAME_MAX);
  const length = nameOf(fd, end, name);
  if (length < 0) throw systemError(length, end === 'local' ? 'getsockname' : 'getpeername', fd);
  return addressFrom(name);
}
