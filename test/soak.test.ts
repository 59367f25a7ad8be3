import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { trendOf } from '../bench/soak/flatness.js';
import { randomFrom } from './fixtures/random.js';

// `make soak` runs the same for longer.

const PROGRAM = fileURLToPath(new URL('../bench/soak/main.js', import.meta.url));
const LIMIT_MS = 110_000;
const LENGTH = 200;

/** What a soak of some seconds says, and how it ends. */
function soak(...options: string[]): Promise<{ code: number | null; output: string }> {
  const args = ['--expose-gc', PROGRAM, '--minutes', '0.15', '--fds', '1000', ...options];
  const child = spawn(process.execPath, args, { timeout: LIMIT_MS, killSignal: 'SIGKILL' });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((done) => {
    child.on('close', (code) => done({ code, output }));
  });
}

/** A series of noise around what `level` says for each place. */
function series(seed: number, level: (i: number) => number, alike = 0): number[] {
  const below = randomFrom(seed);
  let noise = 0;
  return Array.from({ length: LENGTH }, (_, i) => {
    noise = alike * noise + below(1_000) / 1_000 - 0.5;
    return level(i) + noise;
  });
}

const growing = (make: (seed: number) => number[]) =>
  Array.from({ length: 100 }, (_, i) => make(i + 1)).filter((each) => trendOf(each).grows).length;

test('a series that grows by two hundredths is found, and one that only wavers is not', () => {
  assert.is(
    growing((seed) => series(seed, (i) => 100 + (2.5 * i) / LENGTH)),
    100,
  );
  assert.is(
    growing((seed) => series(seed, () => 100)),
    0,
  );
  const alike = growing((seed) => series(seed, () => 20, 0.8));
  assert.ok(alike <= 2, `${alike} of 100 whose neighbours are alike`);
  assert.is(
    growing((seed) => series(seed, (i) => 100 - i / LENGTH)),
    0,
    'it falls',
  );
});

test('a series without noise grows by any rise, and what the warm-up brings does not count', () => {
  const line = (level: (i: number) => number) => Array.from({ length: LENGTH }, (_, i) => level(i));
  assert.is(trendOf(line((i) => 50 + i)).grows, true);
  assert.is(trendOf(line(() => 50)).grows, false);
  assert.is(trendOf(line((i) => (i < LENGTH / 4 ? i : 50))).grows, false);
  assert.throws(() => trendOf([1, 2, 3]), /too few/);
});

test('all comes and goes, nothing is lost, and fds, handles and Wasm memory stay', async () => {
  const { code, output } = await soak();
  assert.is(code, 0, output);
  assert.match(output, /"verdict":"flat"/);
});

test('a soak in which each step forgets a fd does not pass', async () => {
  const { code, output } = await soak('--leak', 'fd');
  assert.is(code, 1, output);
  assert.match(output, /"verdict":"grows: .*fds/);
});

test.run();
