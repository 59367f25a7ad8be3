import { checkCount, checkOptions } from '../contract/index.js';

/** What one plugin may have and do. What goes beyond is refused (EDQUOT), and counted. */
export interface PluginLimits {
  /** Pages of 64 KiB of its memory. Default 256: 16 MiB. */
  memoryPages?: number;
  /** Entries of its tables together. Default 10 000. */
  tableEntries?: number;
  /** Bytes of its module. Default 4 MiB. */
  moduleBytes?: number;
  /** Grants that it can hold at one time: 1 to 4 096. Default 256. */
  handles?: number;
  /** Timers set at one time. Default 64. */
  timers?: number;
  /** Subscriptions at one time. Default 64. */
  subscriptions?: number;
  /** Messages that it may publish in a turn, and that may wait for it. Default 1 000. */
  messagesPerTurn?: number;
  /** Bytes that it may read, write and publish in a turn. Default 16 MiB. */
  bytesPerTurn?: number;
  /** Bytes that it may log in a turn. Default 16 KiB. */
  logBytesPerTurn?: number;
}

export type ChosenLimits = Required<PluginLimits>;

/** The limits of which a use beyond is counted. */
export type Quota = keyof Omit<PluginLimits, 'memoryPages' | 'tableEntries' | 'moduleBytes'>;

export const HANDLES_MAX = 4_096;
const MIB = 2 ** 20;
const DEFAULTS: ChosenLimits = {
  memoryPages: 256,
  tableEntries: 10_000,
  moduleBytes: 4 * MIB,
  handles: 256,
  timers: 64,
  subscriptions: 64,
  messagesPerTurn: 1_000,
  bytesPerTurn: 16 * MIB,
  logBytesPerTurn: 16_384,
};
const MOST: Partial<ChosenLimits> = { handles: HANDLES_MAX, memoryPages: 65_536 };
const ANY = 2 ** 31 - 1;

/** @throws TypeError, RangeError */
export function chooseLimits(limits: PluginLimits = {}, base = DEFAULTS): ChosenLimits {
  const chosen = { ...base };
  for (const [name, value] of Object.entries(checkOptions('limits', limits, DEFAULTS))) {
    if (value === undefined) continue;
    const key = name as keyof ChosenLimits;
    chosen[key] = checkCount(`limits.${name}`, value, 0, MOST[key] ?? ANY);
  }
  return chosen;
}
