import { type EventSet, invalidType } from '../contract/index.js';
import type { Roster, Table } from '../table/index.js';
import type { Liveness, Loop } from '../turn/index.js';
import type { NodeDriver } from './driver.js';

/** What a manager is made of. */
interface Pieces {
  readonly table: Table;
  readonly roster: Roster;
  readonly loop: Loop;
  readonly liveness: Liveness;
  readonly driver: NodeDriver;
  /** The core module, for what has a core of its own. */
  readonly module: object;
}

/** The inside of one manager, for the library's own parts, such as the clock and the bus. */
export class Internals implements Pieces {
  readonly table: Table;
  readonly roster: Roster;
  readonly loop: Loop;
  readonly liveness: Liveness;
  readonly driver: NodeDriver;
  readonly module: object;
  readonly #closers = new Set<() => void>();
  readonly #parts = new Map<unknown, unknown>();

  constructor({ table, roster, loop, liveness, driver, module }: Pieces) {
    this.table = table;
    this.roster = roster;
    this.loop = loop;
    this.liveness = liveness;
    this.driver = driver;
    this.module = module;
  }

  /**
   * Watches a fd of the library's own, whose events count nowhere. Answers how to stop that.
   * `process` must not throw.
   */
  watchOwn(fd: number, set: EventSet, process: () => void): () => void {
    const discounted = () => {
      this.loop.discount(member);
      process();
    };
    const member = this.roster.watchOwn(fd, set, { process: discounted });
    return () => this.roster.remove(member);
  }

  /** This manager's one part of a kind, such as its live timers: made on first use. */
  part<T>(kind: { readonly prototype: T }, make: () => T): T {
    this.table.assertOpen();
    if (!this.#parts.has(kind)) this.#parts.set(kind, make());
    return this.#parts.get(kind) as T;
  }

  /**
   * Calls `closer`, which must not throw, when the manager is closed, and before it is. Answers how
   * to take that back.
   */
  onClose(closer: () => void): () => void {
    this.#closers.add(closer);
    return () => void this.#closers.delete(closer);
  }

  /** Closes what the manager opened. Idempotent. */
  close(): void {
    for (const closer of this.#closers) {
      this.#closers.delete(closer);
      closer();
    }
    this.driver.stopped();
    this.table.close();
    this.roster.clear();
  }
}

const byManager = new WeakMap<object, Internals>();

/** For a manager itself, once. */
export function revealInternals(manager: object, internals: Internals): void {
  byManager.set(manager, internals);
}

/** Whether it is an EventManager, of this copy of the library. */
export function isManager(value: unknown): value is object {
  return byManager.has(value as object);
}

/** The inside of a manager. Not exported from the package. @throws TypeError */
export function internalsOf(manager: object): Internals {
  const internals = byManager.get(manager);
  if (!internals) throw invalidType('The manager', 'an EventManager', manager);
  return internals;
}
