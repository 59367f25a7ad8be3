import { inspect } from 'node:util';

/** A part of what is printed; false and undefined are left out. */
export type Part = string | false | undefined;

/** 'EventFd { fd: 5, open }': the form of everything that `console.log` shows of the library. */
export function printed(name: string, ...parts: readonly Part[]): string {
  const said = parts.filter((part) => typeof part === 'string' && part !== '');
  return said.length === 0 ? `${name} {}` : `${name} { ${said.join(', ')} }`;
}

/** A user's value inside of it, on one line. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, compact: true });
}
