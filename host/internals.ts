import type { EventManager } from './event-manager.js';
import type { EventSet } from './event-set.js';
import type { Liveness } from './liveness.js';
import type { Loop } from './loop.js';
import type { NodeDriver } from './node-driver.js';
import type { Registry } from './registry.js';
import type { Roster } from './roster.js';

/** What the library's own parts, such as the clock and the bus, may reach of a manager. */
export interface Internals {
  readonly registry: Registry;
  readonly loop: Loop;
  readonly driver: NodeDriver;
  readonly liveness: Liveness;
  /**
   * Watches a fd of the library's own, whose events count nowhere. Answers how to stop that.
   * `process` must not throw.
   */
  watchOwn(fd: number, set: EventSet, process: () => void): () => void;
  /** Calls `closer`, which must not throw, when the manager is closed, and before it is. */
  onClose(closer: () => void): void;
}

const known = new WeakMap<object, Internals>();

/** The inside of a manager. Not exported from the package. */
export function internalsOf(manager: EventManager<never>): Internals;
export function internalsOf(manager: object): Internals | undefined;
export function internalsOf(manager: object): Internals | undefined {
  return known.get(manager);
}

/** For the manager itself, once. */
export function revealInternals(
  manager: object,
  roster: Roster,
  parts: Omit<Internals, 'watchOwn'>,
): Internals {
  const watchOwn: Internals['watchOwn'] = (fd, set, process) => {
    const discounted = () => {
      parts.loop.discount(member);
      process();
    };
    const member = roster.watchOwn(fd, set, { process: discounted });
    return () => roster.remove(member);
  };
  const internals = { ...parts, watchOwn };
  known.set(manager, internals);
  return internals;
}
