import type { MessageBus } from '../bus/index.js';
import type { Clock } from '../clock/internal.js';
import type { Caller } from './caller.js';
import type { CallLimits, Code } from './code.js';
import type { Grant } from './grant.js';
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
  /** Whether its guests run in threads of their own. */
  readonly apart: boolean;
  /** The code of a guest, whose imports are `caller`'s. */
  readonly makeCode: (module: WebAssembly.Module, caller: Caller) => Code;
  /** Something is pending for a session. */
  wake(session: Awaiting): void;
  /** A session is over. */
  leave(session: Awaiting): void;
}
