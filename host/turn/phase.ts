/**
 * A part of each turn beside the kernel's events: remote calls, injected events, timers, the bus.
 * What is queued while a turn runs belongs to the next one, so that a turn always ends.
 */
export interface Phase {
  /** Whether anything is queued: then the turn's wait only looks. */
  readonly due: boolean;
  /** After the wait and before any handler: what is queued by now belongs to this turn. */
  begin(): void;
  /** Handles what belongs to this turn: the number of handler calls made. Must not throw. */
  deliver(): number;
}

/** The order in a turn, behind the kernel's events. */
const ORDER = ['remote', 'injected', 'timers', 'bus'] as const;
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

  deliver(): number {
    let calls = 0;
    for (const phase of this.#begun) calls += phase.deliver();
    return calls;
  }
}
