import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { lookUp } from '../sys/index.js';
import { type IpAddress, parseAddress } from './address.js';
import { refuse } from './faults.js';
import { type Guest, Resource } from './guest.js';
import type { Network } from './network.js';
import { Pollable } from './pollable.js';

const NAME_MAX = 253;

/** `wasi:sockets/ip-name-lookup.resolve-address-stream`. */
export class ResolveAddressStream extends Resource {
  readonly #name: string;
  #found: IpAddress[] | undefined;

  constructor(guest: Guest, name: string) {
    super(guest);
    this.#name = name;
  }

  resolveNextAddress(): IpAddress | undefined {
    void this.guest;
    this.#found ??= addressesOf(this.#name);
    return this.#found.shift();
  }

  /** The thread is the guest's alone: the first address is waited for by `resolve-next-address`. */
  subscribe(): Pollable {
    return new Pollable(this.guest, {}, this);
  }
}

/** `wasi:sockets/ip-name-lookup.resolve-addresses`. */
export function resolveAddresses(guest: Guest, _network: Network, name: string) {
  const plain = asciiOf(name);
  guest.policy.check('lookup', plain);
  return new ResolveAddressStream(guest, plain);
}

/** The name as it is asked for: what looks like digits in other scripts is digits from here on. */
function asciiOf(name: string): string {
  const inBrackets = /^\[(.*)\]$/.exec(name)?.[1];
  if (inBrackets !== undefined)
    return isIP(inBrackets) === 6 ? inBrackets : refuse('invalid-argument');
  if (isIP(name) !== 0) return name;
  const ascii = domainToASCII(name).replace(/\.$/, '');
  if (ascii === '' || ascii.length > NAME_MAX) refuse('invalid-argument');
  return ascii;
}

function addressesOf(name: string): IpAddress[] {
  if (isIP(name) !== 0) return [parseAddress(name)];
  const found = lookUp(name);
  if (typeof found !== 'string') return found.map(parseAddress);
  if (/^EAI_(NONAME|NODATA)/.test(found)) refuse('name-unresolvable');
  return refuse(
    found.startsWith('EAI_AGAIN') ? 'temporary-resolver-failure' : 'permanent-resolver-failure',
  );
}
