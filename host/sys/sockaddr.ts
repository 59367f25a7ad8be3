import { isIP } from 'node:net';
import { addressOf } from './backend.js';
import { libc } from './calls.js';
import { AF_INET, AF_INET6, AF_UNIX } from './socket.js';

/**
 * The names of sockets. Ports are big-endian; all else is in the machine's order, which is
 * little-endian wherever koffi runs:
 *
 *     sockaddr_in    | family u16 | port be16 | address 4 | zero 8 |
 *     sockaddr_in6   | family u16 | port be16 | flow u32  | address 16 | scope u32 |
 *     sockaddr_un    | family u16 | path: up to 108 bytes; a leading 0 is an abstract name |
 */
const SIZE_INET = 16;
const SIZE_INET6 = 28;
const AT_PORT = 2;
const AT_INET = 4;
const AT_INET6 = 8;
const AT_SCOPE = 24;
const AT_PATH = 2;
/** Bytes of a sockaddr_un's path, the closing zero not included. */
export const PATH_BYTES_MAX = 107;
/** The same of the name of a network interface (IFNAMSIZ). */
const INTERFACE_BYTES_MAX = 15;
const UINT32_MAX = 2 ** 32 - 1;
/** Room for each of them: sizeof(struct sockaddr_storage). */
export const NAME_MAX = 128;

/** An internet name, as it is in a sockaddr. */
export interface InternetName {
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  readonly scope: number;
}

const text = Buffer.alloc(64);

/**
 * A sockaddr_in or sockaddr_in6; undefined where the address is no numeric one, or its scope
 * (`fe80::1%lo`, `fe80::1%2`) is no interface. Node says what is numeric: to C, which sees bytes,
 * letters of other scripts could look like digits.
 */
export function encodeInternet(address: string, port: number): Buffer | undefined {
  const percent = address.indexOf('%');
  const host = percent < 0 ? address : address.slice(0, percent);
  const wide = isIP(host) === 6;
  if (isIP(host) === 0 || (percent >= 0 && !wide)) return undefined;
  const scope = percent < 0 ? 0 : scopeOf(address.slice(percent + 1));
  if (scope === undefined) return undefined;
  const name = Buffer.alloc(wide ? SIZE_INET6 : SIZE_INET);
  name.writeUInt16LE(wide ? AF_INET6 : AF_INET, 0);
  name.writeUInt16BE(port, AT_PORT);
  const at = addressOf(name) + (wide ? AT_INET6 : AT_INET);
  if (libc.inet_pton(wide ? AF_INET6 : AF_INET, cString(host), at) !== 1) return undefined;
  if (wide) name.writeUInt32LE(scope, AT_SCOPE);
  return name;
}

/**
 * A sockaddr_un; undefined where the path is empty or too long, has a zero byte behind its first
 * one, or half a surrogate pair, for which UTF-8 has no bytes: all of those would be one name.
 */
export function encodeUnix(path: string): Buffer | undefined {
  if (path.includes('\0', 1) || /\p{Surrogate}/u.test(path)) return undefined;
  const bytes = Buffer.from(path);
  const abstract = bytes[0] === 0;
  const size = bytes.length + (abstract ? 0 : 1);
  if (bytes.length === 0 || size > PATH_BYTES_MAX + 1) return undefined;
  const name = Buffer.alloc(AT_PATH + size);
  name.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(name, AT_PATH);
  return name;
}

/** The address family of a name, AF_…. */
export function familyOf(name: Uint8Array): number {
  return name[0]! | (name[1]! << 8);
}

export function decodeInternet(name: Uint8Array): InternetName {
  const view = new DataView(name.buffer, name.byteOffset);
  const wide = view.getUint16(0, true) === AF_INET6;
  const at = addressOf(name) + (wide ? AT_INET6 : AT_INET);
  libc.inet_ntop(wide ? AF_INET6 : AF_INET, at, addressOf(text), text.length);
  return {
    family: wide ? 6 : 4,
    address: text.toString('latin1', 0, text.indexOf(0)),
    port: view.getUint16(AT_PORT),
    scope: wide ? view.getUint32(AT_SCOPE, true) : 0,
  };
}

/** The path of a sockaddr_un of that length; '' for a socket that has no name. */
export function decodeUnix(name: Uint8Array, length: number): string {
  const path = Buffer.from(name.buffer, name.byteOffset + AT_PATH, Math.max(0, length - AT_PATH));
  const end = path[0] === 0 ? -1 : path.indexOf(0);
  return path.toString('utf8', 0, end < 0 ? path.length : end);
}

/** The number of an interface, by that or by its name; undefined where there is none. */
function scopeOf(zone: string): number | undefined {
  if (/^\d+$/.test(zone)) return Number(zone) <= UINT32_MAX ? Number(zone) : undefined;
  const bytes = Buffer.byteLength(zone);
  if (bytes === 0 || bytes > INTERFACE_BYTES_MAX || zone.includes('\0')) return undefined;
  return libc.if_nametoindex(cString(zone)) || undefined;
}

/** The address of a text with its closing zero, until the next one. */
function cString(value: string): number {
  const length = text.write(value, 0, text.length - 1);
  text[length] = 0;
  return addressOf(text);
}
