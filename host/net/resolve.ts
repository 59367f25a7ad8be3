import { lookup } from 'node:dns/promises';
import { EventManagerError, invalidType } from '../contract/index.js';
import { encodeInternet, lookUp } from '../sys/index.js';

/** Numeric addresses, to be tried in this order. */
export type Addresses = string | readonly string[];

/**
 * How the name of a host becomes addresses. `'pool'` is Node's `dns.lookup`, on a thread of its
 * pool: the answer comes through Node's event loop, so in attached mode or between two calls of
 * `run`. `'blocking'` is getaddrinfo(3) on this thread, which may take seconds. Or your own.
 */
export type Resolver = 'pool' | 'blocking' | ((host: string) => Addresses | Promise<Addresses>);

/** The sockaddrs to try, in order, or why there are none. */
export type Resolved = Uint8Array[] | EventManagerError;

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
  if (resolver === 'pool') return lookUpInPool(host).then(encode).catch(fail);
  if (resolver !== 'blocking' && typeof resolver !== 'function') {
    throw invalidType('A resolver', "'pool', 'blocking' or a function", resolver);
  }
  try {
    const answer = resolver === 'blocking' ? lookUpNow(host) : resolver(host);
    return answer instanceof Promise ? answer.then(encode).catch(fail) : encode(answer);
  } catch (error) {
    return fail(error);
  }
}

/** The first sockaddr of a host, now: for what is bound to it. */
export function resolveNow(host: string, port: number): Uint8Array {
  return encodeInternet(host, port) ?? encodeAll(host, port, lookUpNow(host))[0]!;
}

function encodeAll(host: string, port: number, addresses: Addresses): Uint8Array[] {
  const list = typeof addresses === 'string' ? [addresses] : addresses;
  const names = list.map((address) => {
    const name = encodeInternet(address, port);
    if (!name) throw nameError(host, `${String(address)} is no numeric address`);
    return name;
  });
  if (names.length === 0) throw nameError(host, 'it has no address');
  return names;
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
