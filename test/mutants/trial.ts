import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoverageMap } from './coverage-map.js';
import { runTest } from './test-process.js';
import { DoesNotBuild, type Tree } from './tree.js';

/** What became of one changed source. */
export interface Verdict {
  verdict: 'killed' | 'survived' | 'does not build';
  /** The test file that noticed. */
  by?: string;
  /** Whether it had to be stopped: it hung. */
  late?: boolean;
  /** What the test said, in a line. */
  said?: string;
  seconds: number;
}

export interface Patience {
  /** Of tests, as long as they take without a mutant. */
  testSeconds: number;
  /** Whether a test passes where nothing is changed. One that does not tells nothing. */
  isSound: (test: string) => Promise<boolean>;
}

/** Tries a test once where nothing is changed, when it has first failed elsewhere. */
export function control(tree: Tree, map: CoverageMap): Patience['isSound'] {
  const tried = new Map<string, Promise<boolean>>();
  const attempt = async (test: string): Promise<boolean> => {
    const limitMs = LATE_MS + LATE_FACTOR * 1000 * (map[test]?.seconds ?? 1);
    const { outcome, output } = await runTest(tree.folder, test, { limitMs });
    if (outcome !== 'passed') console.log(`${test} ${outcome} without a mutant: ${output}`);
    return outcome === 'passed';
  };
  return (test) => {
    if (!tried.has(test)) tried.set(test, attempt(test));
    return tried.get(test)!;
  };
}

/** A mutant that hangs is late; a machine that is busy must not look like one. */
const LATE_FACTOR = 6;
const LATE_MS = 12_000;

/** Changes a file in the tree, runs tests until one notices, and puts the source back. */
export async function tryChange(
  tree: Tree,
  change: { file: string; to: (text: string) => string },
  tests: string[],
  map: CoverageMap,
  { testSeconds, isSound }: Patience,
): Promise<Verdict> {
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  try {
    await tree.change(change.file, change.to(readFileSync(join(tree.folder, change.file), 'utf8')));
    let left = testSeconds;
    for (const test of tests) {
      const expected = map[test]?.seconds ?? 1;
      if (expected > left) continue;
      left -= expected;
      const limitMs = LATE_MS + LATE_FACTOR * 1000 * expected;
      const { outcome, output } = await runTest(tree.folder, test, { limitMs });
      if (outcome === 'passed' || !(await isSound(test))) continue;
      const late = outcome === 'late';
      return { verdict: 'killed', by: test, late, said: complaint(output), seconds: since() };
    }
    return { verdict: 'survived', seconds: since() };
  } catch (error) {
    if (!(error instanceof DoesNotBuild)) throw error;
    return { verdict: 'does not build', seconds: since() };
  } finally {
    await tree.restore();
  }
}

function complaint(output: string): string {
  const line = output.split('\n').find((each) => /✘|Error|FAIL/.test(each)) ?? '';
  return line.trim().slice(-120);
}
