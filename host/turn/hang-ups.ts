import { EPOLLET, EPOLLONESHOT } from '../../assembly/abi.js';
import { EventManagerError, EventSet, type SubscriberId } from '../contract/index.js';
import type { Membership, Registry } from '../table/index.js';
import type { Faults } from './faults.js';

/** Turns in a row with the same hang-up, after which it is taken for a storm. */
export const HANG_UP_STORM_TURNS = 1_000;

/**
 * Notices a loop that is spinning: a level-triggered HANG_UP or ERROR comes at every wait until
 * the fd is removed, paused or closed, and a handler that ignores it costs a whole core.
 */
export class HangUps {
  storms = 0;
  readonly #registry: Registry;
  readonly #faults: Faults;
  readonly #runs = new Map<number, { turn: number; length: number }>();

  constructor(registry: Registry, faults: Faults) {
    this.#registry = registry;
    this.#faults = faults;
  }

  /** Counts one, and reports it when it has just become a storm. */
  note(member: Membership, fd: number, events: number, turn: number): void {
    const storm = this.#count(fd, events, turn);
    if (!storm) return;
    // A shared fd has no one owner.
    const context = member.internal ? { fd } : { id: member.id as SubscriberId, fd };
    try {
      this.#faults.report(storm, context);
    } catch (error) {
      this.#faults.note(error, member, fd);
    }
  }

  #count(fd: number, events: number, turn: number): EventManagerError | undefined {
    const run = this.#runs.get(fd);
    if (!run || turn - run.turn > 1) {
      this.#runs.set(fd, { turn, length: 1 });
      return undefined;
    }
    run.length += turn - run.turn;
    run.turn = turn;
    if (run.length !== HANG_UP_STORM_TURNS) return undefined;
    // Edge-triggered ones come again only because something happened.
    const interest = this.#registry.find(fd)?.interest ?? EPOLLET;
    if ((interest & (EPOLLET | EPOLLONESHOT)) !== 0) return undefined;
    this.storms += 1;
    return new EventManagerError(
      'ERR_HANG_UP_STORM',
      `fd ${fd} reported ${EventSet.format(events)} in ${run.length} turns in a row, and its ` +
        'handler leaves it registered: the loop is spinning. Remove, pause or close it',
      { fd },
    );
  }
}
