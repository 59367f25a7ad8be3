import { checkCount } from '../contract/index.js';

/** How much of everything a module may have. */
export interface ModuleLimits {
  /** Bytes of the module itself. Default 4 MiB. */
  moduleBytes?: number;
  /** Pages of 64 KiB that its memory may ever have. Default 256, which is 16 MiB. */
  memoryPages?: number;
  /** Entries that all of its tables together may ever have. Default 10 000. */
  tableEntries?: number;
  /** Functions, those imported included. Default 20 000. */
  functions?: number;
}

/** All of them, chosen. */
export type Limits = Required<ModuleLimits>;

const MIB = 2 ** 20;
export const DEFAULTS: Limits = {
  moduleBytes: 4 * MIB,
  memoryPages: 256,
  tableEntries: 10_000,
  functions: 20_000,
};
/** What a limit itself may be at the most: V8 has no more, or it isn't known to be harmless. */
const MOST: Limits = {
  moduleBytes: 256 * MIB,
  memoryPages: 65_536,
  tableEntries: 1_000_000,
  functions: 1_000_000,
};

/** Limits of a kind that nobody needs to choose. */
export const TYPES_MAX = 10_000;
export const GLOBALS_MAX = 10_000;
export const EXPORTS_MAX = 10_000;
export const SEGMENTS_MAX = 50_000;
export const TABLES_MAX = 16;
export const PARAMETERS_MAX = 1_000;
export const LOCALS_MAX = 10_000;
/** Blocks inside one another. */
export const NESTING_MAX = 1_000;

/** @throws TypeError, RangeError */
export function chooseLimits(limits: ModuleLimits): Limits {
  const chosen = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Limits)[]) {
    const least = name === 'moduleBytes' ? 8 : 0;
    chosen[name] = checkCount(name, limits[name] ?? DEFAULTS[name], least, MOST[name]);
  }
  return chosen;
}
