import { Internals, NodeDriver } from '../attached/index.js';
import { assertStackRoom } from '../contract/index.js';
import { Sharing } from '../sharing/index.js';
import { BoundEventOps, Roster, Table } from '../table/index.js';
import { Faults, Liveness, Loop, type LoopDriver } from '../turn/index.js';
import type { ResolvedOptions } from './options.js';
import { asksForNothing, Silences, watchForTurns } from './silence.js';

/** What a manager is made of, and who tells of registrations that are for nothing. */
interface Assembled {
  readonly internals: Internals;
  readonly silences: Silences;
}

/**
 * Makes the pieces of a manager and ties them together. Where two need one another, the one that is
 * made first calls the other through a function given here.
 *
 * @throws as the constructor of EventManager
 */
export function assemble(options: ResolvedOptions): Assembled {
  // What is half made would leave an epoll instance behind.
  assertStackRoom();
  const silences = new Silences(() => internals);
  const table = new Table(options, {
    evicted: (subscriber, watched) => {
      const member = roster.bySlot[subscriber];
      if (member) loop.tellEvicted(member, watched);
    },
    added: (member, fd, set) => {
      if (asksForNothing(set) && !member.internal) silences.note(member, fd);
    },
    changed: () => driver.changed(),
    replaced: (epfd) => driver.replaced(epfd),
  });
  const faults = new Faults(options.policy, options.onError, {
    remove: (member) => roster.remove(member),
    stop: () => loop.stop(),
  });
  const roster: Roster = new Roster(table, {
    opsFor: (member) => new BoundEventOps(table, sharing, member),
    initFailed: (error, member) => {
      faults.note(error, member);
      if (!loop.running) faults.settleOutside();
    },
    report: (error, member) => faults.reportFor(member, error, member.context()),
  });
  const loopDriver: LoopDriver = {
    get attached(): boolean {
      return driver.attached;
    },
    turned: () => driver.turned(),
    queued: () => driver.queued(),
    stopped: () => driver.stopped(),
  };
  const loop: Loop = new Loop({ table, roster, faults, driver: loopDriver }, options);
  const sharing: Sharing = new Sharing({ table, roster, loop });
  const liveness = new Liveness(table, roster, () => driver.changed());
  const driver: NodeDriver = new NodeDriver(table, loop, liveness);
  const { module } = options;
  const pieces = { table, roster, loop, liveness, driver, module };
  const internals: Internals = new Internals(pieces);
  internals.onClose(() => loop.neverRead.forget());
  watchForTurns(internals);
  return { internals, silences };
}
