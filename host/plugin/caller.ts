import type { GuestSubscriptions } from './subscriptions.js';
import type { GuestTimers } from './timers.js';
import type { Usage } from './usage.js';
import type { Watches } from './watches.js';

/** Whose imports are called. */
export interface Caller {
  readonly over: boolean;
  readonly watches: Watches;
  readonly timers: GuestTimers;
  readonly subscriptions: GuestSubscriptions;
  readonly usage: Usage;
}
