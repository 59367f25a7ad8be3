import { invalidType, outOfRange } from './errors.js';

/** The names of all options of a kind, as the compiler sees to. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/**
 * An object of options with known names only: one that is misspelt would be ignored silently. So
 * would all of an instance of some class, such as a manager that another copy of this package made.
 *
 * @throws TypeError for what is no plain object; RangeError, which names the nearest that there is
 */
export function checkOptions<T extends object>(
  of: string,
  options: T,
  known: Readonly<Record<keyof T, unknown>>,
): T {
  if (typeof options !== 'object' || options === null || !isPlain(options)) {
    throw invalidType(`The options of ${of}`, 'a plain object', options);
  }
  for (const name in options) {
    if (!Object.hasOwn(known, name)) throw unknownName(`the options of ${of}`, name, known);
  }
  return options;
}

/**
 * The same of functions that are called by their names: `onData`, and so on. An object may have
 * properties of its own beside them, and only what looks like one of them is taken for it.
 */
export function checkHandlerNames<T extends object>(
  of: string,
  handlers: T,
  known: Readonly<Record<string, true>>,
): T {
  if (typeof handlers !== 'object' || handlers === null) {
    throw invalidType(`The handlers of ${of}`, 'an object', handlers);
  }
  for (const [name, handler] of Object.entries(handlers)) {
    if (!Object.hasOwn(known, name)) {
      if (/^on[A-Z]/.test(name)) throw unknownName(`the handlers of ${of}`, name, known);
    } else if (handler !== undefined && typeof handler !== 'function') {
      throw invalidType(name, 'a function', handler);
    }
  }
  return handlers;
}

/** An option that is on or off. */
export function checkFlag(name: string, value: unknown, instead = false): boolean {
  if (value === undefined) return instead;
  if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value);
  return value;
}

/** Of any realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return true;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unknownName(what: string, name: string, known: object): RangeError {
  const names = Object.keys(known);
  const nearest = nearestOf(name, names);
  const hint = nearest === undefined ? '' : `: did you mean '${nearest}'?`;
  return outOfRange(`A name in ${what}`, `one of ${names.join(', ')}`, name, hint);
}

/** The name that is most like another, where one is like it at all. */
function nearestOf(name: string, names: readonly string[]): string | undefined {
  const far = Math.max(2, Math.ceil(name.length / 3));
  const ranked = names
    .map((each) => ({ each, steps: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ steps, each }) => steps <= far && steps < each.length)
    .sort((a, b) => a.steps - b.steps);
  return ranked[0]?.each;
}

/** Letters to be added, left out or changed, by Levenshtein. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 0; i < one.length; i += 1) {
    const next = [i + 1];
    for (let k = 0; k < other.length; k += 1) {
      const changed = row[k]! + (one[i] === other[k] ? 0 : 1);
      next.push(Math.min(changed, row[k + 1]! + 1, next[k]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
