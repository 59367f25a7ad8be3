import type { EventSet } from '../contract/index.js';
import type { EventManager } from '../manager/index.js';
import type { Registry, Roster } from '../table/index.js';
import type { Liveness, Loop } from '../turn/index.js';
import type { NodeDriver } from './driver.js';

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
  /** This manager's one part of a kind, such as its live timers: made on first use. */
  part<T>(kind: { readonly prototype: T }, make: () => T): T;
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
  parts: Omit<Internals, 'watchOwn' | 'part'>,
): Internals {
  const watchOwn: Internals['watchOwn'] = (fd, set, process) => {
    const discounted = () => {
      parts.loop.discount(member);
      process();
    };
    const member = roster.watchOwn(fd, set, { process: discounted });
    return () => roster.remove(member);
  };
  const made = new Map<unknown, unknown>();
  const part = <T>(kind: unknown, make: () => T): T => {
    if (!made.has(kind)) made.set(kind, make());
    return made.get(kind) as T;
  };
  const internals = { ...parts, watchOwn, part };
  known.set(manager, internals);
  return internals;
}
