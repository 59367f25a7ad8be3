import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** The component's build, run on a copy of its sources in which the WIT says something else. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GENERATED = [
  'assembly/component-layout.ts',
  'wit/types/reactor.d.ts',
  'wit/types/interfaces/wasi-clocks-monotonic-clock.d.ts',
  'wit/types/interfaces/wasm-event-manager-reactor-epoll.d.ts',
  'wit/types/interfaces/wasm-event-manager-reactor-reactor.d.ts',
];

/** What is changed in wit/reactor.wit, and what the build says to it. */
const DISAGREEMENTS = [
  {
    what: 'a function that the module does not have',
    change: ['  close: func();', '  close: func();\n  reopen: func() -> u32;'],
    says: /reactor@[\d.]+#reopen/,
  },
  {
    what: 'a function that only the module has',
    change: [/ {2}take-evicted: .*/, ''],
    says: /the module exports 'takeEvicted', but wit\/ has no reactor\.take-evicted/,
  },
  {
    what: 'a system call under another name',
    change: ['  create: func() -> s32;', '  create1: func() -> s32;'],
    says: /the module imports 'component-epoll\.create', but wit\/ has no epoll\.create/,
  },
  {
    what: 'another type of a parameter',
    change: [
      '  remove: func(subscriber: subscriber-id, fd: u32)',
      '  remove: func(subscriber: subscriber-id, fd: u64)',
    ],
    says: /reactor@[\d.]+#remove/,
  },
  {
    what: 'another order of a record’s fields',
    change: [/(record delivery \{\n)(.*\n)(.*\n)/, '$1$3$2'],
    says: /events has moved/,
  },
  {
    what: 'another name of an error',
    change: ['    not-owner,', '    not-yours,'],
    says: /no exported member 'ERROR_NOT_OWNER'/,
  },
  {
    what: 'another type of an answer',
    change: ['-> result<subscriber-id, error>', '-> result<u32, error>'],
    says: /no exported member 'ResultU32Error'/,
  },
] as const;

/** Runs the build on a copy of the sources, beside which it finds the packages it needs. */
function build(change: (wit: string) => string): {
  copy: string;
  status: number | null;
  errors: string;
} {
  mkdirSync(`${ROOT}build`, { recursive: true });
  const copy = `${mkdtempSync(`${ROOT}build/component-build-`)}/`;
  for (const part of ['assembly', 'wit'])
    cpSync(`${ROOT}${part}`, copy + part, { recursive: true });
  const wit = `${copy}wit/reactor.wit`;
  writeFileSync(wit, change(readFileSync(wit, 'utf8')));
  const script = `${copy}assembly/build-component.mjs`;
  const { status, stderr } = spawnSync(process.execPath, [script], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { copy, status, errors: stderr };
}

test('the files that are generated and committed are what the build makes', () => {
  const { copy, status, errors } = build((wit) => wit);
  assert.is(status, 0, errors);
  for (const file of GENERATED) {
    assert.is(readFileSync(ROOT + file, 'utf8'), readFileSync(copy + file, 'utf8'), file);
  }
  assert.ok(existsSync(`${copy}dist/component.wasm`));
  rmSync(copy, { recursive: true });
});

for (const { what, change, says } of DISAGREEMENTS) {
  test(`the build fails when the WIT has ${what}`, () => {
    const [from, to] = change;
    const { copy, status, errors } = build((wit) => {
      assert.ok(wit.search(from) >= 0, 'the WIT has what is to be changed');
      return wit.replace(from, to);
    });
    console.log(errors);
    assert.is(status, 1, errors);
    assert.match(errors, says);
    assert.not(existsSync(`${copy}dist/component.wasm`));
    rmSync(copy, { recursive: true });
  });
}

test.run();
