import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const PIPES_MS = 5000;

/** How a test file ended: `failed` at the first test that fails, `late` when it was stopped. */
export type Outcome = 'passed' | 'failed' | 'late';

export interface TestRun {
  outcome: Outcome;
  seconds: number;
  output: string;
}

/** The test files of a built tree, as 'conformance/turn.test.js'. */
export function testFilesOf(tree: string): string[] {
  return readdirSync(join(tree, 'build/test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort();
}

/** Runs one test file in a process group of its own, which is gone when this settles. */
export function runTest(
  tree: string,
  name: string,
  { limitMs, env = {} }: { limitMs: number; env?: Record<string, string> },
): Promise<TestRun> {
  return new Promise((settle) => {
    const started = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', `build/test/${name}`], {
      cwd: tree,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0', ...env },
    });
    let output = '';
    let stopped: Outcome | undefined;
    const stop = (outcome: Outcome): void => {
      stopped ??= outcome;
      endGroup(child.pid!);
    };
    const timer = setTimeout(() => stop('late'), limitMs);
    const hear = (chunk: unknown): void => {
      output += chunk;
      // What uvu prints as soon as a test has failed.
      if (output.includes('✘')) stop('failed');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    let code: number | null = null;
    const end = (): void => {
      const bad = code !== 0 || !/Total: +[1-9]|Skipped: +[1-9]/.test(output);
      const seconds = (performance.now() - started) / 1000;
      settle({ outcome: stopped ?? (bad ? 'failed' : 'passed'), seconds, output });
    };
    child.on('exit', (status) => {
      code = status;
      clearTimeout(timer);
      endGroup(child.pid!);
      // Who left the group may hold the pipes for ever.
      setTimeout(end, PIPES_MS).unref();
    });
    child.on('close', end);
  });
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
