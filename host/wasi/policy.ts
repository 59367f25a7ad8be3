import { BlockList, isIP } from 'node:net';
import { checkOptions, invalidType, outOfRange } from '../contract/index.js';
import { refuse } from './faults.js';

/** What a guest asks for: to reach an address, to take one for itself, to look up a name. */
export type NetworkKind = 'connect' | 'listen' | 'lookup';

/** Decides about one call. `address` is numeric, but of a lookup the name; then `port` is 0. */
export type NetworkDecision = (kind: NetworkKind, address: string, port: number) => boolean;

/**
 * What is allowed, by patterns. Of `connect` and `listen`: '*', an address or a range of them
 * ('10.0.0.0/8'), IPv6 in brackets where a port follows; then ':' and a port, a range of ports
 * ('8000-8099') or '*', which is also what no port at all means. Of `lookup`: a name,
 * '*.example.org', or '*'.
 */
export interface NetworkLists {
  readonly connect?: readonly string[];
  readonly listen?: readonly string[];
  readonly lookup?: readonly string[];
}

/** Is told of each decision. */
export type NetworkLog = (
  kind: NetworkKind,
  address: string,
  port: number,
  allowed: boolean,
) => void;

type Pattern = (address: string, port: number) => boolean;

const KINDS: NetworkKind[] = ['connect', 'listen', 'lookup'];
const PORT_MAX = 65535;

/** What a guest may do in the network. Nothing, as long as nobody says otherwise. */
export class Policy {
  readonly #decide: NetworkDecision;
  readonly #log: NetworkLog | undefined;

  /** @throws TypeError or RangeError for what is no pattern */
  constructor(network: NetworkLists | NetworkDecision | undefined, log: NetworkLog | undefined) {
    this.#decide = typeof network === 'function' ? network : byLists(network ?? {});
    this.#log = log;
  }

  /** Ends the call with `access-denied` where that is not allowed. */
  check(kind: NetworkKind, address: string, port = 0): void {
    const allowed = this.#decide(kind, address, port) === true;
    this.#log?.(kind, address, port, allowed);
    if (!allowed) refuse('access-denied');
  }
}

function byLists(lists: NetworkLists): NetworkDecision {
  if (typeof lists !== 'object' || lists === null) {
    throw invalidType('network', 'lists of what is allowed, or a function', lists);
  }
  checkOptions('network', lists, { connect: true, listen: true, lookup: true });
  const patterns = new Map(
    KINDS.map((kind) => [kind, (lists[kind] ?? []).map(kind === 'lookup' ? nameLike : placeLike)]),
  );
  return (kind, address, port) => patterns.get(kind)!.some((like) => like(address, port));
}

function nameLike(pattern: unknown): Pattern {
  if (typeof pattern !== 'string') throw invalidType('A pattern of `network`', 'a text', pattern);
  const name = pattern.toLowerCase();
  if (name === '*') return () => true;
  if (name.startsWith('*.')) return (asked) => asked.endsWith(name.slice(1));
  return (asked) => asked === name;
}

function placeLike(pattern: unknown): Pattern {
  if (typeof pattern !== 'string') throw invalidType('A pattern of `network`', 'a text', pattern);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(pattern);
  const [, host = pattern, port = '*'] =
    bracketed ??
    (isIP(pattern.split('/')[0]!) === 6 ? [] : /^([^:]*)(?::(.*))?$/.exec(pattern)) ??
    [];
  const address = addressLike(host, pattern);
  const within = portLike(port, pattern);
  return (asked, at) => within(at) && address(asked);
}

function addressLike(host: string, pattern: string): (address: string) => boolean {
  if (host === '*') return () => true;
  const [address = '', prefix, ...more] = host.split('/');
  const family = isIP(address);
  const bits = family === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  const fits = /^\d*$/.test(prefix ?? '') && prefix !== '' && length <= bits && more.length === 0;
  if (family === 0 || !fits) throw badPattern(pattern);
  const allowed = new BlockList();
  allowed.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
  return (asked) => {
    const plain = asked.replace(/%.*$/, '');
    return isIP(plain) === family && allowed.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}

function portLike(port: string, pattern: string): (port: number) => boolean {
  if (port === '*') return () => true;
  const range = /^(\d+)(?:-(\d+))?$/.exec(port);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? range?.[1]);
  if (!range || first > last || last > PORT_MAX) throw badPattern(pattern);
  return (asked) => asked >= first && asked <= last;
}

function badPattern(pattern: string): RangeError {
  const expected = "like '*', '127.0.0.1:80', '10.0.0.0/8:8000-8099' or '[::1]:*'";
  return outOfRange('A pattern of `network`', expected, pattern);
}
