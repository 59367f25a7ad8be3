import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = 'docs/semantics.md';
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The titles of a file's tests; in backticks a title may have parts that are computed. */
function titlesOf(file: string): string[] {
  const titles = read(file).matchAll(/[\w)]\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`\n]+)`),/g);
  return [...titles].map(([, single, double, back]) => single ?? double ?? back!);
}

/** A title as 'S12, S14: what is said of them'. */
function partsOf(title: string): { rules: string[]; text: string } {
  const [, numbers = '', text = title] = /^((?:[SF]\d+(?:, )?)+):? (.*)$/.exec(title) ?? [];
  return { rules: numbers.split(', ').filter((each) => each.startsWith('S')), text };
}

const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name));
const titles = new Map(tests.map((file) => [file, titlesOf(file).map(partsOf)]));

/** Each rule or fact of the page, with the tests that it links to. */
const sections = read(PAGE)
  .split(/^### /m)
  .slice(1)
  .map((text) => ({
    heading: text.slice(0, text.indexOf('\n')),
    rule: /^(S\d+)\. /.exec(text)?.[1],
    links: [...text.matchAll(/^- \[(.+)\]\(\.\.\/(test\/.+)\)$/gm)].map(([, title, file]) => ({
      title: title!,
      file: file!,
    })),
  }));
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
