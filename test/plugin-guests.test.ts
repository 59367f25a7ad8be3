import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { pipe } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { pluginSuite, type Stand } from './fixtures/plugin-stand.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GUESTS = join(ROOT, 'examples/guests');
const test = pluginSuite('guests to start from');

/** Runs the command of a guest's README, by its compiler's own path. */
function build(language: string, command: string, args: string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'));
  const file = join(folder, 'guest.wasm');
  try {
    const options = { cwd: join(GUESTS, language), encoding: 'utf8', timeout: 90_000 } as const;
    const { status, stderr } = spawnSync(command, [...args, file], options);
    assert.is(status, 0, stderr);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line of the README's, without what stands for a place of the user's. */
function argumentsOf(language: string): string[] {
  const text = readFileSync(join(GUESTS, language, 'README.md'), 'utf8').replace(/\\\n/g, '');
  const line = /^(?:npx asc|clang|rustc) .*$/m.exec(text)?.[0] ?? '';
  const header = join(ROOT, 'host/plugin');
  const words = line.replace('node_modules/wasm-event-manager/host/plugin', header).split(/\s+/);
  const output = words.findIndex((word) => word === '-o' || word === '--outFile');
  assert.ok(output > 0, `${language}: its README says how it is built`);
  const flag = words[output]!;
  words.splice(output, 2);
  return [...words.slice(words[0] === 'npx' ? 2 : 1), flag];
}

/** A guest counts what comes through a pipe that it was granted, and publishes the sum. */
async function counts({ manager, host, faults }: Stand, bytes: Uint8Array): Promise<void> {
  const bus = new MessageBus();
  const sums: number[] = [];
  bus.subscribe('counts', (body: Uint8Array) => {
    sums.push(Buffer.from(body).readInt32LE(0));
  });
  const texts: string[] = [];
  const log = (_level: number, text: string) => void texts.push(text);
  const plugin = await host.load(bytes, { name: 'counter', bus, publish: ['counts'], log });
  const { reader, writer } = pipe();
  try {
    plugin.grant('requests', reader, { read: true });
    for (const text of ['one', 'three', '!']) {
      writer.write(Buffer.from(text));
      const deadline = performance.now() + 5_000;
      const sum = () => sums.at(-1) ?? 0;
      const before = sum();
      while (sum() === before && performance.now() < deadline) manager.runWithTimeout(100);
    }
    assert.equal(texts, ['ready']);
    assert.is(sums.at(-1), 9);
    assert.equal(faults, []);
  } finally {
    plugin.unload();
    reader.close();
    writer.close();
  }
}

const asc = join(ROOT, 'node_modules/.bin/asc');

test('a guest in AssemblyScript is built as its README says, and counts', async (stand) => {
  await counts(stand, build('assemblyscript', asc, argumentsOf('assemblyscript')));
});

/** Whether a compiler makes Wasm here; what it lacks is named. */
function has(language: string, commands: string[][]): boolean {
  const missing = commands.find(([command = '', ...args]) => {
    const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
    return status !== 0 || stdout.trim() === '';
  });
  if (missing)
    console.log(`SKIPPED: the guest in ${language}, as this fails: ${missing.join(' ')}`);
  return !missing;
}

const clang = has('C', [
  ['clang', '--version'],
  ['wasm-ld', '--version'],
]);
(clang ? test : test.skip)('a guest in C, the same', async (stand) => {
  await counts(stand, build('c', 'clang', argumentsOf('c')));
});

const WASM = 'wasm32-unknown-unknown';
const rust = has('Rust', [['sh', '-c', `ls "$(rustc --print target-libdir --target ${WASM})"`]]);
(rust ? test : test.skip)('a guest in Rust, the same', async (stand) => {
  await counts(stand, build('rust', 'rustc', argumentsOf('rust')));
});

test.run();
