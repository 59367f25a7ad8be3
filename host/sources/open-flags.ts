import { constants } from 'node:fs';
import { invalidType, outOfRange } from '../contract/index.js';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_EXCL, O_SYNC } = constants;

/** The flags of open(2) by the names that `fs.open` has for them. */
const NAMED: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  as: O_WRONLY | O_CREAT | O_APPEND | O_SYNC,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
  'as+': O_RDWR | O_CREAT | O_APPEND | O_SYNC,
};
const INT32_MAX = 2 ** 31 - 1;

/** What open(2) takes, for a name such as 'r+' or a number. */
export function openFlags(flags: unknown): number {
  if (typeof flags !== 'string' && typeof flags !== 'number') {
    throw invalidType('The flags', 'a string or a number', flags);
  }
  const number = typeof flags === 'number' ? flags : byName(flags);
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > INT32_MAX) {
    const names = Object.keys(NAMED).join(', ');
    throw outOfRange('The flags', `one of ${names}, or made of \`fs.constants\``, flags);
  }
  return number;
}

function byName(name: string): number | undefined {
  return Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
}
