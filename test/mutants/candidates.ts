import { basename, dirname } from 'node:path';
import type { CoverageMap } from './coverage-map.js';
import type { Killers } from './killers.js';
import type { Mutation } from './mutations.js';

/** Tests of `assembly/`, of which V8 counts no lines. Of the tables they are all. */
const OF_ASSEMBLY: Record<string, RegExp> = {
  'assembly/clock': /clock|bus-|remote|conformance.turn/,
  'assembly/bus': /topics|^bus|nats/,
  'assembly/component': /^component/,
};
/** Of others. */
const NOT_OF_ASSEMBLY = /^(component|handlers|net|sources|topics)/;
/** Where none is known to run the line, as in a process that is killed: who knows the file. */
const KNOWING_MAX = 10;

/**
 * The tests that run a mutated line, in the order in which they are tried: what has killed a mutant
 * of the file, what is named after it, what runs much of it, and what is fast comes first.
 */
export function candidatesOf(mutation: Mutation, map: CoverageMap, killers: Killers): string[] {
  const { file, text } = mutation;
  const names = Object.keys(map);
  const score = (test: string): number => {
    const known = 1 + 20 * killers.of(file, test) + 4 * killers.ofRoom(file, test);
    return (known * (likeness(file, test) + shareOf(file, map, test))) / (map[test]!.seconds + 0.2);
  };
  const ordered = names.sort((a, b) => score(b) - score(a));
  if (file.startsWith('assembly/')) {
    const named = OF_ASSEMBLY[dirname(file)];
    return ordered.filter((test) => named?.test(test) ?? !NOT_OF_ASSEMBLY.test(test));
  }
  const running = ordered.filter((test) => map[test]!.lines[file]?.includes(text));
  const knowing = ordered.filter((test) => map[test]!.lines[file]).slice(0, KNOWING_MAX);
  return running.length > 0 ? running : knowing;
}

/** How much of a file a test runs, from 0.02 to 1. */
function shareOf(file: string, map: CoverageMap, test: string): number {
  const lines = (each: string) => map[each]!.lines[file]?.length ?? 0;
  const most = Math.max(1, ...Object.keys(map).map(lines));
  return 0.02 + lines(test) / most;
}

function likeness(file: string, test: string): number {
  const room = basename(dirname(file));
  const name = basename(file, '.ts');
  const rules = room === 'tables' && test.startsWith('conformance/') ? 2 : 0;
  return rules + (test.includes(name) ? 2 : 0) + (test.includes(room) ? 1 : 0);
}
