import { EventManagerError, formatAddress, type Place, systemError } from '../contract/index.js';
import { connect, EINPROGRESS, familyOf, takeError } from '../sys/index.js';
import { placeOf } from './address.js';
import type { Resolved } from './resolve.js';

/** The socket that a dial is about. */
interface Dialler {
  readonly fd: number;
  /** Goes on with a new socket of that family: 0, or a negative errno. */
  renew(family: number): number;
}

/** Connecting: one address after the other, until one answers. */
export class Dial {
  readonly #host: string | undefined;
  #names: readonly Uint8Array[] | undefined;
  #next = 0;
  /** The family of the socket while that is unused; 0 from then on. */
  #fresh: number;
  #failed = false;
  /** Why there is no connection yet. */
  error: EventManagerError | undefined;

  /** `family` is that of the socket there is; `host` is for messages. */
  constructor(family: number, host?: string) {
    this.#fresh = family;
    this.#host = host;
  }

  /** Whether it is known where to. */
  get aimed(): boolean {
    return this.#names !== undefined;
  }

  /** Whether no address is left. It is told in a turn: a socket that isn't connected hangs up. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Sets the sockaddrs to try, or why there are none. */
  aim(names: Resolved): this {
    if (names instanceof EventManagerError) this.error = names;
    this.#names = names instanceof EventManagerError ? [] : names;
    return this;
  }

  /** connect(2) to the next address where that can begin; false when there is none left. */
  begin(socket: Dialler): boolean {
    const names = this.#names ?? [];
    while (this.#next < names.length) {
      const name = names[this.#next]!;
      this.#next += 1;
      const result = this.#prepare(socket, familyOf(name)) || connect(socket.fd, name);
      if (result === 0 || result === -EINPROGRESS) return true;
      this.#note(result, socket.fd);
    }
    this.#failed = true;
    return false;
  }

  /** Once the socket is writable: whether it is connected. */
  succeeded(fd: number): boolean {
    const status = takeError(fd);
    if (status < 0) this.#note(status, fd);
    return status === 0;
  }

  /** Only a socket that was not used before is sure to connect. */
  #prepare(socket: Dialler, family: number): number {
    const result = family === this.#fresh ? 0 : socket.renew(family);
    if (result === 0) this.#fresh = 0;
    return result;
  }

  /** About the address that was tried last. */
  #note(status: number, fd: number): void {
    this.error = systemError(status, 'connect', fd, this.#place);
  }

  get #place(): Place {
    const place = placeOf(this.#names![this.#next - 1]!);
    const { address, port } = place;
    if (this.#host === undefined || port === undefined || this.#host === address) return place;
    const numeric = formatAddress(address!, port);
    return { ...place, what: `${formatAddress(this.#host, port)} (${numeric})` };
  }
}
