import { STATUS_ALREADY_REGISTERED } from '../../assembly/abi.js';
import { statusError } from '../contract/index.js';
import type { Member, Watched } from '../table/index.js';
import { SharedRegistration, type Surroundings } from './shared-registration.js';

/** The registrations of one manager that are shared. See `EventOps.share` for what holds. */
export class Sharing {
  readonly #surroundings: Surroundings;
  readonly #byFd = new Map<number, SharedRegistration>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Registers a fd for a member beside others. @throws as `EventOps.share` */
  share(member: Member, watched: Watched): void {
    const { table } = this.#surroundings;
    const { fd, interest } = watched;
    table.assertMember(member);
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
    try {
      anew.join(member, watched);
    } catch (error) {
      anew.evicted();
      throw error;
    }
  }
}
