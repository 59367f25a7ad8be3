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

/** Runs a program of the README, compiled as a user's would be: `using` is not yet in Node 20. */
function run(name: string, program: string): string {
  writeFileSync(`${FOLDER}/${name}.js`, program);
  const tsc = `${ROOT}node_modules/typescript/bin/tsc`;
  const options = [
    '--ignoreConfig',
    '--allowJs',
    '--noCheck',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--rootDir',
    FOLDER,
  ];
  const args = [tsc, ...options, '--outDir', `${FOLDER}/out`, `${FOLDER}/${name}.js`];
  execFileSync(process.execPath, args, { cwd: FOLDER, encoding: 'utf8' });
  const outFile = `${FOLDER}/out/${name}.js`;
  return execFileSync(process.execPath, [outFile], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 20_000,
  });
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
  "For a person who comes from npm's `epoll`": [/^pressed\n$/],
};

test('the README opens with the two commands', () => {
  const commands = readme.match(/^```sh\n(.*?)^```$/ms)?.[1] ?? '';
  assert.match(commands, /^make demo .*\nmake test .*\n$/);
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
