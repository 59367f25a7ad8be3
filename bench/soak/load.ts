import type { EventManager } from 'wasm-event-manager';

/** A part of the soak: something that comes and goes, and counts what it did. */
export interface Load {
  readonly name: string;
  /** Some of it comes and some goes. */
  step(): void;
  /** Whether what `step` began is over: the samples are taken when all is. */
  idle(): boolean;
  /** What was begun and what came of it, in pairs that are equal while it is idle. */
  sums(): Record<string, readonly [began: number, ended: number]>;
  close(): Promise<void> | void;
}

/** What each load is made of. */
export interface Ground {
  readonly manager: EventManager;
  /** Numbers from 0 to 1, from the seed of the soak. */
  readonly random: () => number;
  /** Told of each worker that has ended. */
  readonly onWorkerEnd: () => void;
  /** fds at a time. */
  readonly fds: number;
}
