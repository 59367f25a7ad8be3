import type { Quota } from './limits.js';
import type { CallTimes } from './plugin-counters.js';

/** 'running'; 'waiting' for its restart; 'stopped' by a fault for good; 'unloaded'. */
export type PluginState = 'running' | 'waiting' | 'stopped' | 'unloaded';

/** What came of a fault. */
export type FaultAction = 'restart' | 'stop';

/** Counts over all of a plugin's restarts; gauges of the present guest. */
export interface PluginMetrics {
  readonly name: string;
  readonly state: PluginState;
  /** Calls of the guest: one for each batch, and one for each message. */
  readonly calls: number;
  /** Entries and messages that it was told. */
  readonly events: number;
  readonly times: CallTimes;
  readonly faults: Readonly<Record<string, number>>;
  readonly restarts: number;
  readonly reloads: number;
  /** What was refused as a limit was reached, by limit. */
  readonly refused: Readonly<Partial<Record<Quota, number>>>;
  /** Messages that did not reach the guest. */
  readonly dropped: number;
  readonly memoryBytes: number;
  readonly handles: number;
  readonly timers: number;
  readonly subscriptions: number;
}
