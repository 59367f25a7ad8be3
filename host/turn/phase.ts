/**
 * A part of each turn beside the kernel's events: fds silenced for a promise, remote calls,
 * injected events, timers, the bus, guests.
 * What is queued while a turn runs belongs to the next one, so that a turn always ends.
 */
export interface Phase {
  /** Whether anything is queued: then the turn's wait only looks. */
  readonly due: boolean;
  /** After the wait and before any handler: what is queued by now belongs to this turn. */
  begin(): void;
  /**
   * Handles what belongs to this turn, and no more than the turn's budget allows: the number of
   * handler calls made. What is left over comes first in the next turn. Must not throw.
   */
  deliver(goOn: GoOn): number;
}

/**
 * The turn's budget: whether a phase that has made so many handler calls may make another. Asked
 * after each, and so not before the first: under a budget that the others use up, a phase still
 * makes one call a turn.
 */
export type GoOn = (calls: number) => boolean;

/** The order in a turn, behind the kernel's events. */
const ORDER = ['silenced', 'remote', 'injected', 'timers', 'bus', 'plugins'] as const;
export type PhaseName = (typeof ORDER)[number];

/** Those that a manager has, as one. */
export class Phases implements Phase {
  readonly #named = new Map<PhaseName, Phase>();
  #all: readonly Phase[] = [];
  /** Those of the present turn: one that is added meanwhile belongs to the next. */
  #begun: readonly Phase[] = [];

  add(name: PhaseName, phase: Phase): void {
    this.#named.set(name, phase);
    this.#all = ORDER.flatMap((each) => this.#named.get(each) ?? []);
  }

  get due(): boolean {
    return this.#all.some((phase) => phase.due);
  }

  begin(): void {
    this.#begun = this.#all;
    for (const phase of this.#begun) phase.begin();
  }

  deliver(goOn: GoOn): number {
    let calls = 0;
    for (const phase of this.#begun) calls += phase.deliver(goOn);
    return calls;
  }
}
