import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SHIM_FUNCTIONS } from '../host/sys/hot-calls.js';
import { readElf } from './fixtures/elf.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILT = join(ROOT, 'dist/shim');
const BUILD = join(ROOT, 'host/sys/shim/build.mjs');
const SIZE_MAX = 16 * 1024;
/** e_machine of ELF. */
const MACHINES: Record<string, number> = { 'linux-x64': 62, 'linux-arm64': 183 };
const names = Object.keys(MACHINES);
const folder = mkdtempSync(join(tmpdir(), 'shim-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Builds the shims of this tree elsewhere, with what is asked for in the environment. */
function build(out: string, script = BUILD, env: NodeJS.ProcessEnv = process.env): string {
  return execFileSync(process.execPath, [script, '--out', out], { encoding: 'utf8', env });
}

for (const name of names) {
  const file = join(BUILT, `${name}.so`);
  const title = `the shim for ${name} needs nothing, and has what is called`;
  if (!existsSync(file)) {
    console.log(`SKIPPED ${title}: no compiler here makes it`);
    test.skip(title, () => {});
    continue;
  }
  test(title, () => {
    const bytes = readFileSync(file);
    const elf = readElf(bytes);
    assert.is(elf.machine, MACHINES[name]);
    assert.ok(bytes.length <= SIZE_MAX, `${bytes.length} bytes`);
    assert.equal(elf.defined.sort(), Object.keys(SHIM_FUNCTIONS).sort());
    assert.equal(elf.undefined, [], 'symbols of others');
    assert.equal(elf.needed, [], 'libraries');
    assert.is(elf.relocations, 0);
    assert.not.ok(elf.writableCode, 'a segment that is writable and can be run');
    assert.ok(elf.stackIsData, 'its stack is not to be run');
  });
}

test('a shim that needs something is seen as such', () => {
  const file = join(folder, 'needy.so');
  const code = 'int puts(const char *); const char *t[] = {"a"}; int f(void) { return puts(*t); }';
  const args = ['-shared', '-fPIC', '-xc', '-', '-o', file];
  const { error } = spawnSync('cc', args, { input: code, timeout: 60_000 });
  if (error) return console.log('SKIPPED a shim that needs something: there is no cc');
  const elf = readElf(readFileSync(file));
  assert.ok(elf.needed.length > 0 && elf.relocations > 0);
  assert.ok(elf.undefined.includes('puts'));
});

test('the same source makes the same bytes, wherever it lies', () => {
  const [here, there, source] = ['here', 'there', 'elsewhere/sys/shim'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  cpSync(join(ROOT, 'host/sys/shim'), source, { recursive: true });
  build(here);
  build(there, join(source, 'build.mjs'));
  const files = readdirSync(here);
  assert.equal(readdirSync(there), files);
  assert.ok(files.includes('bytes.json'));
  for (const name of files) {
    assert.ok(readFileSync(join(here, name)).equals(readFileSync(join(there, name))), name);
  }
});

test('without a compiler the build says so in a line for each, and goes on', () => {
  const out = join(folder, 'none');
  const lines = build(out, BUILD, { PATH: folder }).trim().split('\n');
  assert.is(lines.length, names.length);
  for (const line of lines) assert.match(line, /^shim: none for linux-.* no C compiler/);
  assert.equal(readdirSync(out), ['bytes.json']);
  assert.is(readFileSync(join(out, 'bytes.json'), 'utf8'), '{}');
});

test('a compiler that can not make it is named, with what it says', () => {
  const tools = join(folder, 'tools');
  cpSync(process.execPath, join(tools, 'node'));
  const broken = '#!/bin/sh\necho "no such thing" >&2\nexit 1\n';
  writeFileSync(join(tools, 'gcc'), broken, { mode: 0o755 });
  writeFileSync(join(tools, 'cc'), broken, { mode: 0o755 });
  const said = build(join(folder, 'broken'), BUILD, { PATH: tools });
  assert.match(said, new RegExp(`shim: none for linux-${process.arch} \\(cc: no such thing`));
});

test.run();
