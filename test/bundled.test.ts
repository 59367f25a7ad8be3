import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** Inside this tree, so that a bundle finds koffi, which no bundle contains. */
const FOLDER = fileURLToPath(new URL('../bundled', import.meta.url));
const SOURCE = `${FOLDER}/program.js`;
const PRINTED = 'rung 3n\n1\ntick 10n\nattached 2n\n';
const PROGRAM = `
  import { EventFd, EventManager, interest } from 'wasm-event-manager';
  import { TestClock } from 'wasm-event-manager/clock';
  const manager = new EventManager();
  const bell = new EventFd(3);
  const registration = interest().read().withOwned(bell)
    .withHandler(({ source }) => {
      console.log(told, source.read());
      if (told === 'attached') registration.remove();
    })
    .registerInto(manager);
  let told = 'rung';
  console.log(manager.run());
  const clock = new TestClock();
  clock.setTimeAlert('tick', 10n, { handler: ({ name, tsEvent }) => console.log(name, tsEvent) });
  clock.advanceTime(20n);
  told = 'attached';
  manager.attach();
  setTimeout(() => bell.write(2), 5);
`;

test.before(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(SOURCE, PROGRAM);
});

/** What a bundle prints, started from elsewhere. */
function run(file: string): string {
  const options = { cwd: '/', encoding: 'utf8', timeout: 30_000 } as const;
  return execFileSync(process.execPath, [file], options);
}

for (const [format, ending] of [
  ['esm', 'mjs'],
  ['cjs', 'cjs'],
] as const) {
  test(`F127: bundled by esbuild as ${format} it works`, async () => {
    const outfile = `${FOLDER}/esbuild.${ending}`;
    const minified = { minify: true, treeShaking: true };
    const options = { bundle: true, platform: 'node', format, outfile, ...minified } as const;
    await build({ ...options, entryPoints: [SOURCE], logLevel: 'silent' });
    assert.is(run(outfile), PRINTED);
  });

  test(`F127: bundled by rollup as ${format} it works`, async () => {
    const bundle = await rollup({
      input: SOURCE,
      plugins: [
        {
          name: 'packages',
          resolveId: (id) =>
            id.startsWith('wasm-event-manager') ? fileURLToPath(import.meta.resolve(id)) : null,
        },
      ],
      external: /^node:/,
      onwarn: ({ message }) => assert.unreachable(message),
    });
    const file = `${FOLDER}/rollup.${ending}`;
    await bundle.write({ file, format, inlineDynamicImports: true });
    assert.is(run(file), PRINTED);
  });
}

const REQUIRED = `
  const { EventFd, EventManager } = require('wasm-event-manager');
  const { TestClock } = require('wasm-event-manager/clock');
  const manager = new EventManager();
  const bell = new EventFd(1);
  manager.close();
  console.log(new TestClock().timestampNs(), bell.read());`;

test('F127: require gets the same, where it takes an ES module and where it does not', () => {
  const file = `${FOLDER}/required.cjs`;
  writeFileSync(file, REQUIRED);
  for (const flags of [[], ['--no-experimental-require-module']]) {
    const known = process.allowedNodeEnvironmentFlags.has('--experimental-require-module');
    const args = known ? [...flags, file] : [file];
    const options = { cwd: '/', encoding: 'utf8', timeout: 30_000 } as const;
    assert.is(execFileSync(process.execPath, args, options), '0n 1n\n');
  }
});

test.run();
