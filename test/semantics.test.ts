import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT, read, sectionsOf, titles } from './fixtures/test-titles.js';

const PAGE = 'docs/semantics.md';
const sections = sectionsOf(PAGE);
const rules = sections.flatMap(({ rule }) => rule ?? []);

test('each rule has a number, in order, and once', () => {
  assert.ok(rules.length >= 40);
  const numbers = rules.map((rule) => Number(rule.slice(1)));
  assert.equal(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  );
});

test('each rule and each fact links to a test', () => {
  const bare = sections.filter(({ links }) => links.length === 0).map(({ heading }) => heading);
  assert.equal(bare, [], `write '- [the title of its test](../test/file.test.ts)' in ${PAGE}`);
});

test('each link names a test of that title, and of that rule', () => {
  const broken = sections.flatMap(({ heading, rule, links }) =>
    links
      .filter(({ title, file }) => {
        const found = titles.get(file)?.filter(({ text }) => text === title) ?? [];
        return !found.some((each) => rule === undefined || each.rules.includes(rule));
      })
      .map(({ title, file }) => `${heading}: no test '${rule ?? ''} ${title}' in ${file}`),
  );
  assert.equal(broken, [], `a test was renamed or moved: change its link in ${PAGE}`);
});

test('each test that cites a rule cites one of the page', () => {
  const strange = [...titles].flatMap(([file, parts]) =>
    parts
      .flatMap((each) => each.rules)
      .filter((rule) => !rules.includes(rule))
      .map((rule) => `${rule} in ${file}`),
  );
  assert.equal(strange, [], `state the rule in ${PAGE}, and link to its test`);
});

test('each rule that a comment or a document cites is one of the page', () => {
  const sources = ['host', 'assembly'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const strange = [...sources, 'README.md', 'ARCHITECTURE.md', PAGE].flatMap((file) =>
    [...read(file).matchAll(/\bS\d{1,2}\b/g)]
      .map(([rule]) => rule)
      .filter((rule) => !rules.includes(rule))
      .map((rule) => `${rule} in ${file}`),
  );
  assert.equal(strange, []);
});

test.run();
