import { checkCount, type Place, systemError } from '../contract/index.js';
import { AF_UNIX, decodeInternet, decodeUnix, familyOf, NAME_MAX, nameOf } from '../sys/index.js';

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

/** What a sockaddr says. */
export function addressFrom(name: Uint8Array): SocketAddress {
  const { address, port, family, scope } = decodeInternet(name);
  return { address: scope === 0 ? address : `${address}%${scope}`, port, family };
}

/** What a sockaddr names, for the error of a call that it was given to. */
export function placeOf(name: Uint8Array): Place {
  if (familyOf(name) === AF_UNIX) {
    const path = decodeUnix(name, name.length);
    return { address: path, path };
  }
  const { address, port } = addressFrom(name);
  return { address, port };
}

/** getsockname(2) or getpeername(2) of an internet socket. */
export function addressOfEnd(fd: number, end: 'local' | 'remote'): SocketAddress {
  const name = Buffer.alloc(NAME_MAX);
  const length = nameOf(fd, end, name);
  if (length < 0) throw systemError(length, end === 'local' ? 'getsockname' : 'getpeername', fd);
  return addressFrom(name);
}
