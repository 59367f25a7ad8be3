import { lookup } from 'node:dns/promises';
import { EventManagerError, invalidType, outOfRange } from '../contract/index.js';
import { encodeInternet, lookUp } from '../sys/index.js';

/** Numeric addresses, to be tried in this order: 256 at the most. */
export type Addresses = string | readonly string[];

/**
 * How the name of a host becomes addresses. `'pool'` is Node's `dns.lookup`, on a thread of its
 * pool: the answer comes through Node's event loop, so in attached mode or between two calls of
 * `run`. `'blocking'` is getaddrinfo(3) on this thread, which may take seconds. Or your own.
 */
export type Resolver = 'pool' | 'blocking' | ((host: string) => Addresses | Promise<Addresses>);

/** The sockaddrs to try, in order, or why there are none. */
export type Resolved = Uint8Array[] | EventManagerError;

/** As getaddrinfo.ts has it. One after the other would be tried within one call. */
const ADDRESSES_MAX = 256;

/** Looks a host up: at once for a numeric address, and else as the resolver goes. */
export function resolve(
  host: string,
  port: number,
  resolver: Resolver,
): Resolved | Promise<Resolved> {
  const numeric = encodeInternet(host, port);
  if (numeric) return [numeric];
  const encode = (addresses: Addresses) => encodeAll(host, port, addresses);
  const fail = (error: unknown) => asNameError(host, error);
  try {
    const answer = ask(host, resolver);
    // A promise of whosever making.
    if (typeof (answer as Promise<Addresses>)?.then !== 'function')
      return encode(answer as Addresses);
    return Promise.resolve(answer).then(encode).catch(fail);
  } catch (error) {
    return fail(error);
  }
}

/** The first sockaddr of a host, now: for what is bound to it. */
export function resolveNow(host: string, port: number): Uint8Array {
  checkHost(host);
  return encodeInternet(host, port) ?? encodeAll(host, port, lookUpNow(host))[0]!;
}

/** The name of a host. To C it would end at a zero byte. */
export function checkHost(host: unknown): string {
  if (typeof host !== 'string') throw invalidType('host', 'a string', host);
  if (host.includes('\0')) throw outOfRange('host', 'without a zero byte', host);
  return host;
}

export function checkResolver(resolver: Resolver): Resolver {
  if (resolver === 'pool' || resolver === 'blocking') return resolver;
  if (typeof resolver === 'function') return resolver;
  throw invalidType('A resolver', "'pool', 'blocking' or a function", resolver);
}

function ask(host: string, resolver: Resolver): Addresses | Promise<Addresses> {
  if (resolver === 'pool') return lookUpInPool(host);
  return resolver === 'blocking' ? lookUpNow(host) : resolver(host);
}

function encodeAll(host: string, port: number, addresses: Addresses): Uint8Array[] {
  const list = typeof addresses === 'string' ? [addresses] : addresses;
  if (!Array.isArray(list)) throw nameError(host, 'the resolver gave no list of addresses');
  if (list.length === 0) throw nameError(host, 'it has no address');
  if (list.length > ADDRESSES_MAX) throw nameError(host, `it has over ${ADDRESSES_MAX} addresses`);
  return list.map((address) => {
    const name = typeof address === 'string' ? encodeInternet(address, port) : undefined;
    if (!name) throw nameError(host, `${String(address)} is no numeric address`);
    return name;
  });
}

function lookUpNow(host: string): readonly string[] {
  const found = lookUp(host);
  if (typeof found === 'string') throw nameError(host, found);
  return found;
}

async function lookUpInPool(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

function asNameError(host: string, error: unknown): EventManagerError {
  if (error instanceof EventManagerError) return error;
  return nameError(host, error instanceof Error ? error.message : String(error), error);
}

function nameError(host: string, why: string, cause?: unknown): EventManagerError {
  const message = `the name ${JSON.stringify(host)} could not be resolved: ${why}`;
  return new EventManagerError('ERR_NAME_NOT_RESOLVED', message, { cause });
}
