import type { Quota } from './limits.js';
import type { CallTimes, PluginCounters } from './plugin-counters.js';

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

/** What of a session is counted. */
interface Counted {
  readonly over: boolean;
  readonly code: { readonly memoryBytes: number };
  readonly watches: { readonly size: number };
  readonly timers: { readonly size: number };
  readonly subscriptions: { readonly size: number; readonly dropped: number };
  readonly usage: { readonly refused: PluginMetrics['refused'] };
}

/** The metrics of a plugin, whose present or latest guest is `session`. */
export function metricsOf(
  { name, state }: Pick<PluginMetrics, 'name' | 'state'>,
  { calls, events, times, faults, restarts, reloads }: PluginCounters,
  session: Counted | undefined,
): PluginMetrics {
  const alive = session?.over ? undefined : session;
  return {
    name,
    state,
    calls,
    events,
    times,
    faults: { ...faults },
    restarts,
    reloads,
    refused: { ...session?.usage.refused },
    dropped: session?.subscriptions.dropped ?? 0,
    memoryBytes: alive?.code.memoryBytes ?? 0,
    handles: alive?.watches.size ?? 0,
    timers: session?.timers.size ?? 0,
    subscriptions: session?.subscriptions.size ?? 0,
  };
}
