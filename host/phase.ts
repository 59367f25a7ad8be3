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
export const PHASES = ['remote', 'injected', 'timers', 'bus'] as const;
export type PhaseName = (typeof PHASES)[number];
