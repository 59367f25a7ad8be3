import { EventManagerError } from '../contract/index.js';
import type { Counters } from './counters.js';
import type { Subscription } from './subscription.js';

/** What went wrong in a delivery, and where. */
export interface Fault {
  readonly error: unknown;
  readonly name: string;
  readonly subscription: Subscription | undefined;
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
  #collected: Fault[] = [];

  constructor(counters: Counters, policy: FaultPolicy) {
    this.#counters = counters;
    this.#policy = policy;
  }

  get any(): boolean {
    return this.#collected.length > 0;
  }

  note(fault: Fault): void {
    this.#counters.errors += 1;
    this.#collected.push(fault);
  }

  /** Acts on what was collected, by the policy. */
  settle(): void {
    if (!this.any) return;
    const faults = this.#collected;
    this.#collected = [];
    this.#policy.settle(faults);
  }

  /** What a handler has returned: `rejected` is called when it is a promise that is rejected. */
  follow(result: unknown, rejected: (error: unknown) => void): void {
    if (!this.#policy.followPromises) return;
    if (typeof (result as PromiseLike<unknown> | null)?.then !== 'function') return;
    Promise.resolve(result).then(undefined, rejected);
  }
}

/** What every call on a closed bus throws. */
export function busClosed(): EventManagerError {
  return new EventManagerError('ERR_CLOSED', 'this message bus was closed');
}
