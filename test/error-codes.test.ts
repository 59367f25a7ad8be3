import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CODES } from '../host/contract/error-codes.js';
import { ERRORS_PAGE, errorsPage } from './fixtures/errors-page.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TABLE = 'host/contract/error-codes.ts';
const codes = Object.keys(ERROR_CODES);

const sources = ['host', 'assembly'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|h)$/.test(name))
    .map((name) => join(folder, name))
    .filter((name) => name !== TABLE),
);
const guides = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'ARCHITECTURE.md', ...guides.map((name) => `docs/${name}`)];
/** Of Node and of pnpm, whose errors are explained. */
const FOREIGN = ['ERR_ACCESS_DENIED', 'ERR_DLOPEN_DISABLED', 'ERR_PNPM_IGNORED_BUILDS'];
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

test('each code in the source and in the documents is one of the table', () => {
  const strange = [...sources, ...pages].flatMap((file) =>
    [...read(file).matchAll(/\bERR_[A-Z_\d]+/g)]
      .map(([code]) => code)
      .filter((code) => !codes.includes(code) && !FOREIGN.includes(code))
      .map((code) => `${code} in ${file}`),
  );
  assert.equal(strange, [], `add a code with its meaning to ${TABLE}, then run \`make errors\``);
});

test('each code of the table is given to an error somewhere', () => {
  const text = sources.map(read).join('\n');
  const idle = codes.filter((code) => !text.includes(`'${code}'`));
  assert.equal(idle, [], `delete from ${TABLE} what no error has, then run \`make errors\``);
});

test('codes are in alphabetical order, and each says what it means and what to do', () => {
  assert.equal(codes, [...codes].sort());
  for (const [code, { means, remedy }] of Object.entries(ERROR_CODES)) {
    assert.match(means, /^[A-Z`].{20,}\.$/, code);
    assert.match(remedy, /^[A-Z`].{10,}\.$/, code);
  }
});

test('docs/errors.md is what the table says', () => {
  const same = readFileSync(ERRORS_PAGE, 'utf8') === errorsPage();
  assert.ok(same, `docs/errors.md is not what ${TABLE} says: run \`make errors\``);
});

test.run();
