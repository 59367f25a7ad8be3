import { dirname } from 'node:path';
import { describe, type Mutation } from './mutations.js';
import type { Verdict } from './trial.js';

export interface Tried extends Mutation, Omit<Verdict, 'verdict'> {
  verdict: Verdict['verdict'] | 'equivalent';
}

/** A suite that kills less than this is not what docs/tests.md says; nor are its quick tests. */
const KILLED_AT_LEAST = { whole: 0.9, quick: 0.7 };
/** And how sure that must be: by chance, a suite at that limit fails once in so many runs. */
const BY_CHANCE_ONCE_IN = 10_000;

const count = (tried: readonly Tried[], verdict: Tried['verdict']) =>
  tried.filter((each) => each.verdict === verdict).length;

/** By room: tried, killed, equivalent; and each survivor. */
export function tableOf(tried: readonly Tried[]): string {
  const rooms = [...new Set(tried.map(({ file }) => dirname(file)))].sort();
  const row = (name: string, of: readonly Tried[]) =>
    `| ${name} | ${of.length} | ${count(of, 'killed')} | ${count(of, 'equivalent')} | ` +
    `${count(of, 'survived')} |`;
  const survivors = tried
    .filter(({ verdict }) => verdict === 'survived')
    .map((each) => `- ${each.file}:${each.line} ${each.kind}: \`${describe(each)}\``)
    .sort();
  return [
    '| room | mutants | killed | equivalent | survived |',
    '| --- | --- | --- | --- | --- |',
    ...rooms.map((room) =>
      row(
        `\`${room}\``,
        tried.filter(({ file }) => dirname(file) === room),
      ),
    ),
    row('all', tried),
    '',
    ...survivors,
  ].join('\n');
}

/** The share of killed mutants, equivalent ones aside, and whether it is too low to be chance. */
export function verdictOf(
  tried: readonly Tried[],
  by: keyof typeof KILLED_AT_LEAST = 'whole',
): { text: string; bad: boolean } {
  const killed = count(tried, 'killed');
  const real = killed + count(tried, 'survived');
  const late = tried.filter((each) => each.late).length;
  const share = real === 0 ? 100 : (100 * killed) / real;
  const text = `${killed} of ${real} killed (${share.toFixed(1)} %), ${late} of them as they hung`;
  return { text, bad: atMost(killed, real, KILLED_AT_LEAST[by]) < 1 / BY_CHANCE_ONCE_IN };
}

/** How likely it is that at most `hits` of `trials` hit, each with probability `p`. */
export function atMost(hits: number, trials: number, p: number): number {
  let log = trials * Math.log(1 - p);
  let sum = 0;
  for (let k = 0; k <= hits; k++) {
    sum += Math.exp(log);
    log += Math.log(((trials - k) / (k + 1)) * (p / (1 - p)));
  }
  return sum;
}
