import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend } from 'wasm-event-manager';
import type { CopiedPackage } from './fixtures/copied-package.js';
import { nodeFfi, shim, testWith, withCopy } from './fixtures/needs.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const QUIET = '--disable-warning=ExperimentalWarning';

/** What a program finds, once a manager has dispatched an event, set a timer and read a pipe. */
interface Found {
  backend: Backend;
  outcome: unknown[];
  koffi: boolean;
  stderr: string;
}
const programOf = (options: string) => `
  import { readFileSync } from 'node:fs';
  import { EventFd, EventManager, interest, pipe, TimerFd } from 'wasm-event-manager';
  const manager = new EventManager(${options});
  const outcome = [];
  const [bell, timer, { reader, writer }] = [new EventFd(2), new TimerFd(), pipe()];
  const watch = (source, read) => interest().read().withFd(source)
    .withHandler(() => outcome.push(read())).registerInto(manager);
  watch(bell, () => Number(bell.read()));
  while (outcome.length < 1) manager.run();
  watch(timer, () => Number(timer.read()));
  timer.set({ afterNs: 1_000_000n });
  while (outcome.length < 2) manager.run();
  watch(reader, () => reader.read(Buffer.alloc(9)));
  writer.write('four');
  while (outcome.length < 3) manager.run();
  outcome.push(manager.runWithTimeout(0.25));
  manager.close();
  const koffi = readFileSync('/proc/self/maps', 'utf8').includes('koffi');
  console.log(JSON.stringify({ backend: EventManager.backend, outcome, koffi }));`;
const WORKS = [2, 1, 4, 0];

/** How a program goes with options, in a package that was changed. */
function found(
  options: string,
  change: (copy: CopiedPackage) => void = () => {},
  flags: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Found {
  return withCopy((copy) => {
    change(copy);
    const result = copy.run<Found>(programOf(options), flags, env);
    assert.equal(result.outcome, WORKS);
    return result;
  });
}

testWith(shim, "'auto' takes the shim, by koffi, and warns of nothing", () => {
  const { backend, koffi, stderr } = found('');
  assert.equal([backend.ffi, backend.shim, koffi, stderr], ['koffi', true, true, '']);
  assert.match(backend.reason!, /node:ffi/);
});

testWith(nodeFfi, "'node' takes the shim by node:ffi, without koffi", () => {
  const { backend, koffi } = found("{ ffi: 'node' }", undefined, [QUIET]);
  assert.equal([backend, koffi], [{ ffi: 'node', shim: true }, false]);
});

testWith(nodeFfi, "'auto' takes node:ffi where Node prints no warning of it", () => {
  const quiet: [string[], NodeJS.ProcessEnv][] = [
    [[QUIET], {}],
    [['--disable-warning', 'ExperimentalWarning'], {}],
    [['--no-warnings'], {}],
    [[], { NODE_OPTIONS: QUIET }],
    [[], { NODE_NO_WARNINGS: '1' }],
  ];
  for (const [flags, env] of quiet) {
    const { backend, stderr } = found('', undefined, flags, env);
    assert.equal([backend.ffi, stderr], ['node', '']);
  }
});

testWith(nodeFfi, 'the variable of the environment counts where no manager asks', () => {
  const env = { WASM_EVENT_MANAGER_FFI: 'node' };
  assert.is(found('', undefined, [], env).backend.ffi, 'node');
  assert.is(found("{ ffi: 'auto' }", undefined, [], env).backend.ffi, 'node');
  assert.is(found("{ ffi: 'koffi' }", undefined, [], env).backend.ffi, 'koffi');
});

testWith(shim, 'a shim that is missing is said to be, and all works without it', () => {
  const { backend } = found('', (copy) => rmSync(copy.shim));
  assert.equal([backend.ffi, backend.shim], ['koffi', false]);
  assert.match(backend.reason!, /the shim can't be read: ENOENT/);
});

testWith(shim, 'a shim that was tampered with, in any byte, is not loaded', () => {
  for (const at of [0, 0.5, 1]) {
    const { backend } = found('', ({ shim }) => {
      const bytes = readFileSync(shim);
      const place = Math.round((bytes.length - 1) * at);
      bytes[place] = bytes[place]! ^ 1;
      writeFileSync(shim, bytes);
    });
    assert.not.ok(backend.shim);
    assert.match(backend.reason!, /was changed since it was built, and is not loaded/);
  }
  const longer = found('', ({ shim }) => writeFileSync(shim, 'x', { flag: 'a' }));
  assert.match(longer.backend.reason!, /was changed/);
});

testWith(shim, 'a shim for another machine is said to be no use', () => {
  const { backend } = found('', (copy) => {
    const bytes = readFileSync(copy.shim);
    bytes.writeUInt16LE(8, 18); // e_machine: MIPS
    copy.adopt(bytes);
  });
  assert.not.ok(backend.shim);
  assert.match(backend.reason!, /the shim can't be loaded/);
});

const CC = ['cc', 'gcc', 'clang'].find((each) => !spawnSync(each, ['--version']).error);
testWith(
  { ...shim, 'C compiler': CC !== undefined },
  'a shim of another version is not used',
  () => {
    const { backend } = found('', (copy) => {
      const file = join(copy.folder, 'other.so');
      const flags = ['-shared', '-fPIC', '-nostdlib', '-O2', '-DWEM_SHIM_VERSION=2'];
      const source = join(ROOT, 'host/sys/shim/shim.c');
      assert.is(spawnSync(CC!, [...flags, '-o', file, source]).status, 0);
      copy.adopt(readFileSync(file));
    });
    assert.not.ok(backend.shim);
    assert.match(backend.reason!, /of version 2, not 1/);
  },
);

testWith(shim, 'a shim on a file system that runs nothing is said to be no use', () => {
  withCopy((copy) => {
    const folder = join(copy.folder, 'dist/shim');
    const kept = readFileSync(copy.shim);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    // In a mount namespace of its own.
    const mount = `mount -t tmpfs -o noexec none "${folder}" && cat > "${copy.shim}" && exec "$@"`;
    const node = [process.execPath, '--input-type=module', '--eval', programOf('')];
    const args = ['-rm', 'sh', '-c', mount, 'sh', ...node];
    const ended = spawnSync('unshare', args, {
      cwd: copy.folder,
      timeout: 60_000,
      input: kept,
      env: { ...process.env, WASM_EVENT_MANAGER_FFI: '' },
    });
    const [stdout, stderr, { status }] = [String(ended.stdout), String(ended.stderr), ended];
    if (/^(unshare|mount)/.test(stderr)) return console.log(`SKIPPED noexec: ${stderr}`);
    assert.is(status, 0, stderr);
    const { backend, outcome } = JSON.parse(stdout) as Found;
    assert.equal([backend.shim, outcome], [false, WORKS]);
    assert.match(backend.reason!, /the shim can't be loaded: .*(permitted|map segment)/);
  });
});

const PERMISSION = ['--permission', '--allow-fs-read=*', '--allow-addons', QUIET];
testWith(nodeFfi, 'under the permission model node:ffi needs its flag, and koffi stands in', () => {
  for (const options of ['', "{ ffi: 'node' }"]) {
    const refused = found(options, undefined, PERMISSION);
    assert.equal([refused.backend.ffi, refused.backend.shim], ['koffi', true]);
    assert.match(refused.backend.reason!, /permission model.*--allow-ffi/);
    const allowed = found(options, undefined, [...PERMISSION, '--allow-ffi']);
    assert.equal(allowed.backend, { ffi: 'node', shim: true });
  }
});

testWith(nodeFfi, "F106: without koffi, 'node' is enough for what is not attached", () => {
  const flags = ['--permission', '--allow-fs-read=*', '--allow-ffi', QUIET];
  const { backend, koffi } = found("{ ffi: 'node' }", undefined, flags);
  assert.equal([backend.ffi, koffi], ['node', false]);
});

test.run();
