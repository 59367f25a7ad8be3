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
const COMPONENT = 'dist/component.wasm';
const GENERATED = [
  'wit/types/reactor.d.ts',
  'wit/types/interfaces/wasi-clocks-monotonic-clock.d.ts',
  'wit/types/interfaces/wasm-event-manager-reactor-epoll.d.ts',
  'wit/types/interfaces/wasm-event-manager-reactor-reactor.d.ts',
];

/** What is changed in wit/reactor.wit, and what the build says to it. */
const DISAGREEMENTS = [
  {
    what: 'a function that the module does not have',
    change: ['  close: func();', '  close: func();\n  reopen: func();'],
    says: /failed to find export .* function `reopen`/,
  },
  {
    what: 'a system call under another name',
    change: ['  create: func() -> s32;', '  create1: func() -> s32;'],
    says: /create/,
  },
  {
    what: 'another type of a parameter',
    change: [
      '  remove: func(subscriber: subscriber-id, fd: u32)',
      '  remove: func(subscriber: subscriber-id, fd: u64)',
    ],
    says: /type mismatch for function `remove`/,
  },
] as const;

interface Built {
  status: number | null;
  errors: string;
  /** The text of a file that was made; undefined when there is none. */
  made: Map<string, string | undefined>;
}

/** Runs the build on a copy of the sources, within reach of the packages it needs. */
function build(change: (wit: string) => string): Built {
  mkdirSync(`${ROOT}build`, { recursive: true });
  const copy = `${mkdtempSync(`${ROOT}build/component-build-`)}/`;
  try {
    for (const part of ['assembly', 'wit']) cpSync(ROOT + part, copy + part, { recursive: true });
    for (const file of GENERATED) rmSync(copy + file);
    const wit = `${copy}wit/reactor.wit`;
    writeFileSync(wit, change(readFileSync(wit, 'utf8')));
    const { status, stderr } = spawnSync(
      process.execPath,
      [`${copy}assembly/component/build.mjs`],
      { cwd: ROOT, encoding: 'utf8', timeout: 60_000 },
    );
    const made = [...GENERATED, COMPONENT].map((file) => [file, textOf(copy + file)] as const);
    return { status, errors: stderr, made: new Map(made) };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'latin1') : undefined;
}

test('the generated files in the repository are what the build makes', () => {
  const { status, errors, made } = build((wit) => wit);
  assert.is(status, 0, errors);
  for (const file of GENERATED) assert.is(made.get(file), textOf(ROOT + file), file);
  assert.ok(made.get(COMPONENT));
});

for (const { what, change, says } of DISAGREEMENTS) {
  test(`the build fails when the WIT has ${what}`, () => {
    const [from, to] = change;
    const { status, errors, made } = build((wit) => {
      const changed = wit.replace(from, to);
      assert.is.not(changed, wit, 'the WIT has what is to be changed');
      return changed;
    });
    assert.is(status, 1, errors);
    assert.match(errors, says);
    assert.is(made.get(COMPONENT), undefined);
  });
}

test.run();
