import { EventManagerError, isThenable } from '../contract/index.js';
import type { Counters } from './counters.js';
import type { Subscription } from './subscription.js';

/** What went wrong in a delivery, and where. */
export interface Fault {
  readonly error: unknown;
  readonly name: string;
  readonly subscription: Subscription | undefined;
  /** Takes it, as the answer to a request. */
  readonly failed?: ((error: unknown, again: boolean) => void) | undefined;
}

export interface FaultPolicy {
  /** Told after the delivery, and later of rejections. May throw. */
  settle: (faults: readonly Fault[]) => void;
  /** Whether `settle` wants to hear of rejected promises. If not they are left to Node. */
  followPromises: boolean;
}

/** Collects what handlers throw, so that nobody else's message is lost. */
export class Faults {
  readonly #counters: Counters;
  readonly #policy: FaultPolicy;
  /** What has gone wrong is pushed here: that takes no frame, and works as the stack ends. */
  readonly noted: Fault[] = [];

  constructor(counters: Counters, policy: FaultPolicy) {
    this.#counters = counters;
    this.#policy = policy;
  }

  /** Acts on what was noted, by the policy. */
  settle(): void {
    if (this.noted.length === 0) return;
    const noted = this.noted.splice(0);
    for (const { error, failed } of noted) failed?.(error, true);
    const faults = noted.filter(({ failed }) => failed === undefined);
    this.#counters.errors += faults.length;
    if (faults.length > 0) this.#policy.settle(faults);
  }

  /** What a handler has returned: `rejected` is called when it is a promise that is rejected. */
  follow(result: unknown, rejected: (error: unknown) => void): void {
    if (!this.#policy.followPromises || !isThenable(result)) return;
    Promise.resolve(result).then(undefined, rejected);
  }
}

/** What every call on a closed bus throws. */
export function busClosed(): EventManagerError {
  return new EventManagerError('ERR_CLOSED', 'this message bus was closed');
}
