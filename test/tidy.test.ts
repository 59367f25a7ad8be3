import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINES_MAX = 250;
const COLUMNS_MAX = 100;
/** A screen. */
const FUNCTION_LINES_MAX = 50;

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
/** One table each: data, which nobody reads from end to end. */
const TABLES = ['host/contract/error-codes.ts'];

test('files have 250 lines at the most', () => {
  assert.ok(files.length > 50);
  const long = files.filter(
    (file) =>
      !isSuite(file) && !TABLES.includes(file) && read(file).split('\n').length > LINES_MAX + 1,
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

test('no test runs alone, and one that is left out says so', () => {
  const alone = tests.filter((file) => /\w\.only\(/.test(read(file)));
  assert.equal(alone, []);
  const leftOut = tests.filter((file) => /\w\.skip\(/.test(read(file)));
  const quiet = leftOut.filter((file) => !read(file).includes('SKIPPED'));
  assert.equal(quiet, []);
});

/** Lines of each function and method, by where it begins; the formatter has set the indents. */
function functionsOf(file: string): { at: string; length: number }[] {
  const lines = read(file).split('\n');
  const opening =
    /^( *)(?!if|for|while|switch|do|class|export class|test)\S.*(\)|=>)(: [^={]+)? \{$/;
  return lines.flatMap((line, i) => {
    const indent = opening.exec(line)?.[1];
    if (indent === undefined) return [];
    const length = lines.slice(i).findIndex((each) => each.startsWith(`${indent}}`)) + 1;
    return [{ at: `${file}:${i + 1}`, length }];
  });
}

test('what is shipped has functions that fit a screen', () => {
  const functions = files.filter((file) => /^(host|assembly)\//.test(file)).flatMap(functionsOf);
  assert.ok(functions.length > 300, `${functions.length} functions`);
  const long = functions.filter(({ length }) => length > FUNCTION_LINES_MAX);
  assert.equal(long, []);
});

test('names are of the field', () => {
  const empty = /util|helper|wrapper|misc/i;
  const named = /(?:class|interface|type|function) (\w+)/g;
  const banned = files.flatMap((file) => {
    // A listener is JavaScript's word for a subscriber, and may be a socket's only.
    const word = /^(host|test)\/net/.test(file) ? empty : /util|helper|wrapper|misc|listener/i;
    const names = [...read(file).matchAll(named)].map((match) => match[1]!);
    return [basename(file), ...names].filter((name) => word.test(name)).map((n) => `${file}: ${n}`);
  });
  assert.equal(banned, []);
});

test('every example is run by a test', () => {
  const examples = files.filter((file) => file.startsWith('examples/'));
  assert.ok(examples.length > 0);
  const text = tests.map(read).join('\n');
  const idle = examples.filter((file) => !text.includes(basename(file, '.ts')));
  assert.equal(idle, []);
});

test.run();
