import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = `${ROOT}build/readme`;
const readme = readFileSync(`${ROOT}README.md`, 'utf8');

/** The programs, by the section that they stand in. */
const sections = new Map(
  readme.split(/^## /m).map((text, i) => {
    const programs = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]!);
    return [i === 0 ? 'top' : text.slice(0, text.indexOf('\n')), programs];
  }),
);

/** Runs a program of the README as it stands, in this Node. */
function run(name: string, program: string): string {
  const file = `${FOLDER}/${name}.mjs`;
  writeFileSync(file, program);
  return execFileSync(process.execPath, [file], { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
}

test.before(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
});

/** What each program prints, by section. */
const EXPECTED: Record<string, RegExp[]> = {
  top: [/^fd \d+ was rung 3 times\n$/],
  "In Node's own loop": [/^5n\n$/, /^IN\nping\n$/],
  Sockets: [/^to and fro\n$/],
  Subscribers: [/^1 from the left\n2 from the right\n2\n$/],
  'When things go wrong': [/^ERR_NOT_POLLABLE -1\n$/],
  Time: [/^10n\nonce\n20n\n30n\n$/],
  Messages: [/^oil first\nprices\.oil 71\.2\n42\n$/],
  'Handlers in several languages': [/^wasm 5n\n$/],
  'From another thread': [/^3\n$/],
  'Testing your own code': [/^\[\] \[ \{ operation: 'remove', fd: 7 \} \]\nrung\n1 5000000\n$/],
  'In place of the package epoll': [/^pressed\n$/],
};

test('the README opens with the installation, and with the two commands of who builds it', () => {
  const [install, build] = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!);
  assert.is(install, 'npm install wasm-event-manager\n');
  assert.match(build!, /^make demo .*\nmake test .*\n$/);
});

test('the first program has ten lines', () => {
  const lines = sections
    .get('top')![0]!
    .split('\n')
    .filter((line) => line !== '');
  assert.ok(lines.length <= 10, `${lines.length} lines`);
});

test('the table of contents lists the sections', () => {
  const listed = [...readme.matchAll(/^- \[(.*)\]\(#/gm)].map(([, title]) => title);
  const titles = [...sections.keys()].filter((title) => !['top', 'Contents'].includes(title));
  assert.equal(listed, titles);
});

test('each program of the README has an expected output here', () => {
  const written = [...sections].filter(([, programs]) => programs.length > 0);
  const counts = (entries: [string, unknown[]][]) =>
    entries.map(([name, { length }]) => [name, length]);
  assert.equal(counts(written), counts(Object.entries(EXPECTED)));
});

for (const [section, outputs] of Object.entries(EXPECTED)) {
  outputs.forEach((expected, i) => {
    test(`program ${i + 1} of the section '${section}' prints what it says`, () => {
      const name = `${section.replace(/\W+/g, '-')}-${i + 1}`;
      assert.match(run(name, sections.get(section)?.[i] ?? ''), expected);
    });
  });
}

test.run();
