import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EQUIVALENT } from './mutants/equivalent.js';
import { applied, describe, mutationsOf } from './mutants/mutations.js';
import { PLANTINGS } from './mutants/plantings.js';
import { atMost, tableOf, verdictOf } from './mutants/report.js';
import { allMutations, argumentFor, drawn } from './mutants/sample.js';
import { ROOT } from './mutants/tree.js';

const changesOf = (text: string) => mutationsOf('file.ts', text).map(describe);

test('operators, constants, statements, conditions and branches are changed, one at a time', () => {
  assert.equal(changesOf('f(a < 2);'), [
    'f(a < 2); -> ;',
    '< -> <=',
    '< -> >=',
    '2 -> 3',
    '2 -> 1',
  ]);
  assert.equal(changesOf('if (a) b; else c;'), [
    'if (a) b; else c; -> if (a) c; else b;',
    'b; -> ;',
    'c; -> ;',
  ]);
  assert.equal(changesOf('const x = !on ? true : 1n;'), [
    '!on -> on',
    '!on ? true : 1n -> !on ? 1n : true',
    'true -> false',
    '1n -> 2n',
  ]);
  assert.equal(changesOf('while (more()) i++;'), [
    'more() -> !(more())',
    'i++ -> i--',
    'i++; -> ;',
  ]);
});

test('types, imports, assertions and the texts of errors are left alone', () => {
  assert.equal(changesOf("import a from 'a';\ntype T = 1 | 2;\nlet b: T<3> | undefined;"), []);
  assert.equal(changesOf('assert(a < 1);'), []);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source that is changed
  assert.equal(changesOf('const text = `${a + 1}`;'), []);
});

test('each change leaves a source that differs in one place', () => {
  const text = 'if (a === 1) {\n  b += 2;\n}';
  for (const mutation of mutationsOf('file.ts', text)) {
    const changed = applied(text, mutation);
    assert.is.not(changed, text);
    assert.is(text.startsWith(changed.slice(0, mutation.start)), true);
    assert.is(text.endsWith(changed.slice(mutation.start + mutation.becomes.length)), true);
  }
});

test('a seed draws the same mutants again, and another seed others', () => {
  const all = allMutations(/^(host|assembly)\/clock/);
  const first = (seed: number) => {
    const sample = drawn(all, seed);
    return Array.from({ length: 20 }, () => describe(sample.next().value));
  };
  assert.equal(first(1), first(1));
  assert.not.equal(first(1), first(2));
});

test('both sides of the boundary are mutated, file by file', () => {
  const rooms = readdirSync(join(ROOT, 'host'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const mutated = new Set(allMutations(/./).map(({ file }) => file.split('/', 2).join('/')));
  for (const { name } of rooms) assert.ok(mutated.has(`host/${name}`), name);
  assert.ok(mutated.has('assembly/tables'));
});

test('each argued equivalent is a change that the mutator makes, and argued once', () => {
  const mutations = allMutations(/./);
  for (const each of EQUIVALENT) {
    const there = mutations.filter(
      (mutation) =>
        mutation.file === each.file &&
        describe(mutation) === each.change &&
        mutation.text === each.line,
    );
    assert.ok(there.length > 0, `${each.file}: ${each.line}: ${each.change} is not there any more`);
    assert.is(argumentFor(there[0]!), each.because, `${each.file}: ${each.change} is argued twice`);
    assert.ok(each.because.length > 20, each.change);
  }
});

test('each planting has its place in the source once, and tests that look for it', () => {
  const tests = readdirSync(join(ROOT, 'build/test'), { recursive: true, encoding: 'utf8' });
  for (const { kind, file, find, tests: pattern } of PLANTINGS) {
    assert.is(readFileSync(join(ROOT, file), 'utf8').split(find).length, 2, `${kind} in ${file}`);
    const matching = tests.filter((name) => /\.test\.js$/.test(name) && RegExp(pattern).test(name));
    assert.ok(matching.length > 0, `${kind}: ${pattern}`);
  }
});

test('a sample fails where so few are killed that it is no chance', () => {
  const of = (killed: number, survived: number) => {
    const [mutation] = mutationsOf('host/a/b.ts', 'x = 1;');
    const entry = { ...mutation!, seconds: 1 };
    return [
      ...Array.from({ length: killed }, () => ({ ...entry, verdict: 'killed' as const })),
      ...Array.from({ length: survived }, () => ({ ...entry, verdict: 'survived' as const })),
    ];
  };
  assert.is(verdictOf(of(12, 0)).bad, false);
  assert.is(verdictOf(of(10, 2)).bad, false);
  assert.is(verdictOf(of(5, 7)).bad, true);
  assert.is(verdictOf(of(190, 10)).bad, false);
  assert.is(verdictOf(of(150, 50)).bad, true);
  assert.ok(Math.abs(atMost(1, 2, 0.5) - 0.75) < 1e-9);
  assert.match(tableOf(of(2, 1)), /^\| all \| 3 \| 2 \| 0 \| 1 \|$/m);
});

test.run();
