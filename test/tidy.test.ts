import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINES_MAX = 250;
const COLUMNS_MAX = 100;
const RULES = 26;

// Asked of the folder, and not of git: a packed copy has no history.
const find = ['.', '-type', 'f', '(', '-name', '*.ts', '-o', '-name', '*.mjs', ')'];
const files = execFileSync('find', find, { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .map((file) => file.replace(/^\.\//, ''))
  .filter((file) => file && !/(^|\/)(node_modules|dist|build|target|types)\//.test(file));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const tests = files.filter((file) => file.endsWith('.test.ts'));
// A conformance suite may be longer than a source: it is one rule after the other.
const isSuite = (file: string) => /^test\/(conformance\/|kernel-facts)/.test(file);

test('files have 250 lines at the most', () => {
  assert.ok(files.length > 50);
  const long = files.filter(
    (file) => !isSuite(file) && read(file).split('\n').length > LINES_MAX + 1,
  );
  assert.equal(long, []);
});

test('lines have 100 columns at the most', () => {
  const wide = files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, i) => ([...line].length > COLUMNS_MAX ? [`${file}:${i + 1}`] : [])),
  );
  assert.equal(wide, []);
});

test('every test file runs its tests', () => {
  assert.ok(tests.length > 10);
  const silent = tests.filter((file) => !/\.run\(\)|^everywhere\(/m.test(read(file)));
  assert.equal(silent, []);
});

test('no test runs alone', () => {
  const alone = tests.filter((file) => /\btest\.only\(/.test(read(file)));
  assert.equal(alone, []);
});

test('every rule of S1 to S26 has a test of its name', () => {
  const text = tests.map(read).join('\n');
  const missing = Array.from({ length: RULES }, (_, i) => `S${i + 1}`).filter(
    (rule) => !new RegExp(`test\\(\\s*['"\`]${rule}\\b`).test(text),
  );
  assert.equal(missing, []);
});

test('names are of the field', () => {
  const banned = files.filter((file) => /(^|\/)[^/]*(util|helper|wrapper|listener)/i.test(file));
  assert.equal(banned, []);
});

test.run();
