import { STATUS_ALREADY_REGISTERED } from '../../assembly/abi.js';
import { statusError } from '../contract/index.js';
import type { Membership, Watched } from '../table/index.js';
import { SharedRegistration, type Surroundings } from './shared-registration.js';

/** The registrations of one manager that are shared. See `EventOps.share` for what holds. */
export class Sharing {
  readonly #surroundings: Surroundings;
  readonly #byFd = new Map<number, SharedRegistration>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    surroundings.registry.share = (member, watched) => this.#share(member, watched);
  }

  #share(member: Membership, watched: Watched): void {
    const { registry } = this.#surroundings;
    const { fd, interest } = watched;
    registry.assertMember(member);
    const shared = this.#byFd.get(fd);
    if (shared && member.shares?.has(fd) && shared.verify()) {
      throw statusError(STATUS_ALREADY_REGISTERED, fd);
    }
    if (this.#byFd.get(fd)?.join(member, watched)) return;
    const end = (ended: SharedRegistration) => {
      if (this.#byFd.get(fd) === ended) this.#byFd.delete(fd);
    };
    // Where the number is that of a file since closed, this has those who shared it evicted.
    const anew = new SharedRegistration(fd, interest, this.#surroundings, end);
    this.#byFd.set(fd, anew);
    anew.join(member, watched);
  }
}
