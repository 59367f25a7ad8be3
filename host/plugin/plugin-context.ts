import type { MessageBus } from '../bus/index.js';
import type { Clock } from '../clock/internal.js';
import type { Grant } from './grant.js';
import type { CallLimits } from './guest-code.js';
import type { ChosenLimits } from './limits.js';
import type { Awaiting } from './phase.js';
import type { PluginCounters } from './plugin-counters.js';
import type { TopicRights } from './topics.js';

/** What a plugin's sessions need of their plugin and its host. */
export interface PluginContext {
  readonly name: string;
  readonly limits: ChosenLimits;
  readonly callLimits: CallLimits;
  readonly initLimits: CallLimits;
  readonly clock: Clock;
  readonly bus: MessageBus | undefined;
  readonly publishes: TopicRights;
  readonly subscribes: TopicRights;
  readonly counters: PluginCounters;
  readonly log: (level: number, text: string) => void;
  /** The number of the manager's present turn. */
  readonly turn: () => number;
  /** Runs the host's own code inside a guest's call: what it throws is the host's, and reported. */
  readonly guard: <T>(act: () => T, otherwise: T) => T;
  /** What it was granted, by name. */
  readonly grants: Map<string, Grant>;
  /** Something is pending for a session. */
  wake(session: Awaiting): void;
  /** A session is over. */
  leave(session: Awaiting): void;
}
