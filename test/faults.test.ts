import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { libc } from '../host/sys/calls.js';
import {
  FAULTS_PAGE,
  faultsPage,
  type Kinds,
  kindsOf,
  OUTCOMES,
  whyUnnoticed,
} from './faults/page.js';
import { ERRORS, WITHOUT } from './faults/table.js';
import { randomFrom } from './fixtures/random.js';

// `make faults` runs all of it, and writes the page.

const PROGRAM = fileURLToPath(new URL('./faults/run.js', import.meta.url));
const LIMIT_MS = 110_000;
const SAMPLE = 3;
const kinds: Kinds = JSON.parse(readFileSync(OUTCOMES, 'utf8'));

test('every function of C that the library calls has its errors, or a reason for none', () => {
  // Calls that syscall(2) makes have rows of their own besides.
  const rows = [...Object.keys(ERRORS), ...Object.keys(WITHOUT)];
  const missing = Object.keys(libc).filter((call) => !rows.includes(call));
  assert.equal(missing, [], 'add a row to test/faults/table.ts, and run `make faults`');
  assert.is(new Set(rows).size, rows.length);
});

test('every error was injected, and what nobody is told of has its reason', () => {
  for (const [call, errors] of Object.entries(ERRORS)) {
    for (const error of errors.split(' ')) {
      const row = `${call} ${error}`;
      assert.ok(kinds[row]?.length, `${row} was never reached`);
      if (kinds[row].includes('unnoticed')) assert.ok(whyUnnoticed(row), `${row}: why?`);
    }
  }
});

test('docs/faults.md is what was found', () => {
  const same = readFileSync(FAULTS_PAGE, 'utf8') === faultsPage(kinds);
  assert.ok(same, 'docs/faults.md is not what test/faults says: run `make faults`');
});

test('a sample of calls, made to fail again: nothing hangs, leaks, or comes otherwise', () => {
  const seed = Date.now() % 1e6;
  console.log(`seed ${seed}`);
  const below = randomFrom(seed);
  const calls = Object.keys(ERRORS);
  const sample = Array.from({ length: SAMPLE }, () => calls[below(calls.length)]!);
  const args = ['--expose-gc', PROGRAM, ...sample.flatMap((call) => ['--only', call])];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  assert.is(status, 0, `${sample}\n${stdout.slice(0, 3_000)}${stderr}`);
  for (const [row, found] of Object.entries(kindsOf(JSON.parse(stdout).outcomes))) {
    const strange = found.filter((kind) => !kinds[row]!.includes(kind));
    assert.equal(strange, [], `${row}: not on the page`);
  }
});

test.run();
