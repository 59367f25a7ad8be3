import { STATE_DISARMED, STATE_PAUSED } from '../../assembly/abi.js';
import type { EventSet } from '../contract/index.js';
import type { Member, ShareRecord, Watched } from '../table/index.js';

/** What can be changed of a share. */
export interface Terms {
  interest: EventSet;
  data: number;
  /** STATE_PAUSED, STATE_DISARMED, or both. */
  state: number;
}

/** The registration that a share is of. */
interface Whole {
  change(share: Share, terms: Partial<Terms>): void;
  leave(share: Share): void;
  refer(share: Share): void;
}

/** One subscriber's part in a registration that it shares: to itself, a registration of its own. */
export class Share implements ShareRecord, Terms {
  readonly fd: number;
  readonly member: Member;
  interest: EventSet;
  data: number;
  state = 0;
  /** The turn in which it joined or paused: what is still pending in that isn't its own. */
  deafIn: number;
  readonly #whole: Whole;

  constructor(whole: Whole, member: Member, watched: Watched, turn: number) {
    this.#whole = whole;
    this.member = member;
    this.fd = watched.fd;
    this.interest = watched.interest;
    this.data = watched.data;
    this.deafIn = turn;
  }

  /** The slot of its subscriber, as the tables say it of a registration. */
  get subscriber(): number {
    return this.member.slot;
  }

  get armed(): boolean {
    return this.state === 0;
  }

  /** Arms it too, as in the kernel. */
  modify(interest: EventSet, data: number): void {
    const state = this.state & ~STATE_DISARMED;
    this.#whole.change(this, { interest, data, state });
  }

  /** Its subscriber is referenced now, or isn't any more. */
  refer(): void {
    this.#whole.refer(this);
  }

  remove(): void {
    this.#whole.leave(this);
  }

  pause(): void {
    this.#whole.change(this, { state: this.state | STATE_PAUSED });
  }

  resume(): void {
    this.#whole.change(this, { state: this.state & ~STATE_PAUSED });
  }

  rearm(): void {
    this.#whole.change(this, { state: this.state & ~STATE_DISARMED });
  }
}
