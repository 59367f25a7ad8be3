import type { MessageBus } from '../bus/index.js';
import type { Clock } from '../clock/internal.js';
import {
  checkCount,
  checkOptions,
  type FdSource,
  invalidType,
  type OptionNames,
  outOfRange,
} from '../contract/index.js';
import { BUFFER_BYTES } from './abi.js';
import type { CallLimits } from './code.js';
import type { GrantOptions } from './grant.js';
import { type ChosenLimits, chooseLimits, type PluginLimits } from './limits.js';

/** Begins a guest anew after a fault, later each time. */
export interface RestartPolicy {
  restart: {
    /** Milliseconds before the first restart; twice as many before each next one. Default 100. */
    backoffMs?: number;
    /** The longest wait. Default 30 000. */
    maxBackoffMs?: number;
    /** Restarts within `windowMs`, after which it is stopped. Default 5. */
    max?: number;
    /** Default 60 000. */
    windowMs?: number;
  };
}

/** What comes of a guest that faulted: it is stopped for good, or begins anew. */
export type FaultPolicy = 'stop' | RestartPolicy;

/** What all plugins of a host have in common, unless they say otherwise. */
export interface PluginDefaults {
  /**
   * Where the guest runs. `'inline'`, the default: on the manager's thread, metered, which takes
   * less than a microsecond a call, and holds up the loop while it lasts. `'worker'`: in a thread
   * of its own, which is terminated when it goes wrong, and holds up nobody; some 50 µs a call.
   */
  isolation?: 'inline' | 'worker';
  /** Milliseconds that one call of the guest may take, to about one more. Default 50. */
  deadlineMs?: number;
  /** Milliseconds that each step of its beginning may take. Default 500. */
  initDeadlineMs?: number;
  /** Fuel that one call may use, about one an instruction; `'inline'` alone. Default: no limit. */
  fuel?: number;
  limits?: PluginLimits;
  /** Default 'stop'. */
  onFault?: FaultPolicy;
  /** Told what a guest logs: level 0 (error), 1 (warning), 2 (information), 3, 4, and a text. */
  log?: (level: number, text: string, plugin: string) => void;
}

export interface LoadOptions extends PluginDefaults {
  /** Unique in its host, and shown in errors and metrics. */
  name: string;
  /** What it is granted from the beginning on, by name. */
  grants?: Readonly<Record<string, { source: FdSource } & GrantOptions>>;
  /** Bytes that the guest finds in its buffer in `wem_init`: at most 64 KiB. */
  config?: Uint8Array;
  /** Topics, with `*` and `?`, on which it may publish. Default: none. */
  publish?: readonly string[];
  /** Topics, and patterns word for word, to which it may subscribe. Default: none. */
  subscribe?: readonly string[];
  bus?: MessageBus;
  /** Default: a LiveClock of the host. */
  clock?: Clock;
}

/** Chosen and checked. */
export interface Chosen {
  readonly isolation: 'inline' | 'worker';
  readonly limits: ChosenLimits;
  readonly callLimits: CallLimits;
  readonly initLimits: CallLimits;
  readonly restart: Required<RestartPolicy['restart']> | undefined;
  readonly log: (level: number, text: string, plugin: string) => void;
}

const RESTART_DEFAULTS = { backoffMs: 100, maxBackoffMs: 30_000, max: 5, windowMs: 60_000 };
const DEFAULTS: OptionNames<PluginDefaults> = {
  isolation: true,
  deadlineMs: true,
  initDeadlineMs: true,
  fuel: true,
  limits: true,
  onFault: true,
  log: true,
};
const OPTIONS: OptionNames<LoadOptions> = {
  ...DEFAULTS,
  name: true,
  grants: true,
  config: true,
  publish: true,
  subscribe: true,
  bus: true,
  clock: true,
};
const MOST = 2 ** 31 - 1;

/** @throws TypeError, RangeError */
export function chooseDefaults(defaults: PluginDefaults = {}): Chosen {
  return choose(checkOptions('defaults', defaults, DEFAULTS), undefined);
}

/** @throws TypeError, RangeError */
export function chooseOptions(options: LoadOptions, base: Chosen): Chosen {
  checkOptions('a plugin', options, OPTIONS);
  const { name } = options;
  if (typeof name !== 'string') throw invalidType('name', 'a string', name);
  if (name === '') throw outOfRange('name', 'a text that is not empty', name);
  return choose(options, base);
}

function choose(options: PluginDefaults, base: Chosen | undefined): Chosen {
  const { deadlineMs, initDeadlineMs, fuel, onFault, log } = options;
  const isolation = options.isolation ?? base?.isolation ?? 'inline';
  if (isolation !== 'inline' && isolation !== 'worker') {
    throw invalidType('isolation', "'inline' or 'worker'", isolation);
  }
  if (isolation === 'worker' && fuel !== undefined) {
    throw invalidType('fuel', "left out with isolation: 'worker', which has deadlines", fuel);
  }
  const time = (name: string, value: number | undefined, otherwise: number) =>
    value === undefined ? otherwise : checkTime(name, value);
  if (log !== undefined && typeof log !== 'function') throw invalidType('log', 'a function', log);
  const callFuel =
    fuel === undefined ? (base?.callLimits.fuel ?? Infinity) : checkCount('fuel', fuel, 1, 1e15);
  return {
    isolation,
    limits: chooseLimits(options.limits, base?.limits),
    callLimits: {
      deadlineMs: time('deadlineMs', deadlineMs, base?.callLimits.deadlineMs ?? 50),
      fuel: callFuel,
    },
    initLimits: {
      deadlineMs: time('initDeadlineMs', initDeadlineMs, base?.initLimits.deadlineMs ?? 500),
      fuel: Infinity,
    },
    restart: onFault === undefined ? base?.restart : checkPolicy(onFault),
    log: log ?? base?.log ?? (() => {}),
  };
}

function checkTime(name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number of milliseconds', value);
  if (!(value > 0)) throw outOfRange(name, 'more than zero milliseconds', value);
  return value;
}

function checkPolicy(policy: FaultPolicy): Chosen['restart'] {
  if (policy === 'stop') return undefined;
  const restart = policy?.restart;
  if (typeof restart !== 'object' || restart === null) {
    throw invalidType('onFault', "'stop' or { restart: { … } }", policy);
  }
  checkOptions('onFault.restart', restart, RESTART_DEFAULTS);
  const chosen = { ...RESTART_DEFAULTS };
  for (const name of Object.keys(RESTART_DEFAULTS) as (keyof typeof RESTART_DEFAULTS)[]) {
    chosen[name] = checkCount(`restart.${name}`, restart[name] ?? chosen[name], 0, MOST);
  }
  return chosen;
}

/** @throws TypeError, RangeError */
export function checkConfig(config: Uint8Array = new Uint8Array(0)): Uint8Array {
  if (!(config instanceof Uint8Array)) throw invalidType('config', 'a Uint8Array', config);
  if (config.length <= BUFFER_BYTES) return config.slice();
  throw outOfRange('config', `at most ${BUFFER_BYTES} bytes`, config.length);
}
