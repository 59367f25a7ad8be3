import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AdoptedFd,
  EventManager,
  EventSet,
  Inotify,
  InotifyMask,
  interest,
  PidFd,
  pipe,
  SignalFd,
  SignalRelay,
} from 'wasm-event-manager';
import { runProgram } from './fixtures/program.js';

const MODULE = JSON.stringify(import.meta.resolve('wasm-event-manager'));
const openFds = () => readdirSync('/proc/self/fd').length;
const folder = mkdtempSync(join(tmpdir(), 'sources-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

test('F95: inotify tells names, masks and the two halves of a rename', () => {
  using manager = new EventManager();
  using inotify = new Inotify();
  assert.is(inotify.read(), null);
  const watch = inotify.watch(folder, InotifyMask.CREATE | InotifyMask.MOVE);
  assert.equal([...inotify.watches], [[watch, folder]]);
  const seen: string[] = [];
  interest()
    .read()
    .withFd(inotify)
    .withHandler(({ source }) => {
      for (const { name, mask, path } of source.read() ?? []) {
        assert.is(path, folder);
        seen.push(`${InotifyMask.format(mask)} ${name}`);
      }
    })
    .registerInto(manager);
  writeFileSync(join(folder, 'käse'), 'x');
  execFileSync('mv', [join(folder, 'käse'), join(folder, 'brot')]);
  execFileSync('mkdir', [join(folder, 'sub')]);
  inotify.unwatch(watch);
  inotify.unwatch(watch);
  manager.runWithTimeout(1_000);
  assert.equal(seen, [
    'CREATE käse',
    'MOVED_FROM käse',
    'MOVED_TO brot',
    'CREATE|IS_DIRECTORY sub',
    'IGNORED undefined',
  ]);
  assert.is(inotify.watches.size, 0);
  assert.throws(
    () => inotify.watch(join(folder, 'nothing')),
    (error: { errno: number }) => error.errno === -2,
  );
  assert.throws(() => inotify.watch(folder, -1), RangeError);
});

test('F95: a pidfd tells how a child ended, and leaves it to Node', async () => {
  using manager = new EventManager();
  const child = spawn('sh', ['-c', 'exit 7'], { stdio: 'ignore' });
  using pidFd = new PidFd(child.pid!);
  const exit = pidFd.exit(manager);
  assert.is(manager.runWithTimeout(2_000), 1);
  assert.equal(await exit, { code: 7, signal: null });
  assert.equal(await once(child, 'exit'), [7, null]);
  assert.equal(pidFd.status(), { code: 7, signal: null });
  assert.is(pidFd.kill(), false);
});

test('F95: a pidfd kills its process, and nothing else', () => {
  using manager = new EventManager();
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  using pidFd = new PidFd(child.pid!);
  assert.is(pidFd.status(), null);
  void pidFd.exit(manager);
  assert.is(manager.runWithTimeout(0), 0);
  assert.is(pidFd.kill('SIGKILL'), true);
  assert.is(manager.runWithTimeout(2_000), 1);
  assert.equal(pidFd.status(), { code: null, signal: 'SIGKILL' });
  assert.throws(() => new PidFd(0), RangeError);
  assert.throws(() => pidFd.kill('SIGNONE' as 'SIGINT'), RangeError);
});

test('F95: signals come through a relay, once the loop had its turn', async () => {
  using manager = new EventManager();
  const relay = new SignalRelay(['SIGUSR2', 'SIGWINCH']);
  assert.is(relay.read(), null);
  const seen: (string | null)[] = [];
  interest()
    .read()
    .withFd(relay)
    .withHandler(({ source }) => void seen.push(source.read()))
    .registerInto(manager);
  for (const signal of ['SIGUSR2', 'SIGWINCH', 'SIGUSR2'] as const)
    process.kill(process.pid, signal);
  for (let i = 0; i < 3; i += 1) await setImmediate();
  for (let i = 0; i < 3; i += 1) manager.runWithTimeout(0);
  assert.equal(seen.sort(), ['SIGUSR2', 'SIGWINCH']);
  relay.close();
  assert.is(process.listenerCount('SIGUSR2'), 0);
  assert.throws(() => new SignalRelay(['SIGKILL']), RangeError);
});

test('F95: a signalfd is refused where threads of Node would take the signal', () => {
  const before = openFds();
  assert.throws(
    () => new SignalFd(['SIGUSR2']),
    (error: { code: string; message: string }) =>
      error.code === 'ERR_SIGNAL_NOT_BLOCKED' && /SIGUSR2.*SignalRelay/.test(error.message),
  );
  assert.is(openFds(), before);
});

test('F95: a signalfd reads SIGUSR1 where it was blocked before the pool started', () => {
  const koffi = createRequire(import.meta.url).resolve('koffi');
  const block = join(folder, 'block.cjs');
  writeFileSync(
    block,
    `const koffi = require(${JSON.stringify(koffi)});
     const set = new BigUint64Array(16);
     set[0] = 1n << 9n;
     koffi.load(null).func('int pthread_sigmask(int, void *, void *)')(0, set, null);`,
  );
  const program = `
    import { EventManager, interest, SignalFd } from ${MODULE};
    const manager = new EventManager();
    const signals = new SignalFd(['SIGUSR1']);
    interest().read().withFd(signals)
      .withHandler(({ source }) => {
        const { signal, pid } = source.read();
        console.log(signal, pid === process.pid, source.read());
      })
      .registerInto(manager);
    for (let i = 0; i < 3; i += 1) {
      process.kill(process.pid, 'SIGUSR1');
      manager.runWithTimeout(2_000);
    }
    signals.close();`;
  const args = ['--require', block, '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.is(stdout, 'SIGUSR1 true null\n'.repeat(3), stderr);
});

test('F95: a fd from elsewhere is adopted, non-blocking, and closed with its object', () => {
  const before = openFds();
  const { reader, writer } = pipe();
  const child = spawnSync('sh', ['-c', 'printf hello'], {
    stdio: ['ignore', writer.fd, 'inherit'],
  });
  assert.is(child.status, 0);
  // A number of our own for the same pipe, as a stranger would hand it over.
  const adopted = new AdoptedFd(openSync(`/proc/self/fd/${reader.fd}`, 'r'));
  const buffer = new Uint8Array(16);
  assert.is(adopted.read(buffer), 5);
  assert.is(adopted.read(buffer), null);
  assert.throws(
    () => new AdoptedFd(1_000_000),
    (error: { errno: number }) => error.errno === -9,
  );
  writer.close();
  assert.is(adopted.read(buffer), 0);
  adopted.close();
  reader.close();
  assert.is(openFds(), before);
});

test('K16: sources and managers that are collected unclosed are warned of, once for a kind', () => {
  const { stdout, stderr } = runProgram(
    `
    import { EventFd, EventManager } from ${MODULE};
    import { setTimeout } from 'node:timers/promises';
    let warned = 0;
    process.on('warning', ({ name, code, message }) => {
      if (name === 'ExperimentalWarning') return; // That of node:ffi, where that is in use.
      console.log(name, code, message.replace(/\\d+/, 'N'));
      warned += 1;
    });
    (() => {
      new EventFd();
      new EventFd();
      new EventFd().close();
      new EventManager();
      new EventManager().close();
    })();
    for (let i = 0; i < 200 && warned < 2; i += 1) {
      gc();
      await setTimeout(10);
    }
    await setTimeout(50);`,
    ['--expose-gc'],
  );
  assert.equal(
    stdout.trim().split('\n').sort(),
    ['epoll_create1', 'eventfd'].map(
      (kind) => `FdLeakWarning FD_LEAK fd N (${kind}) was never closed, and its object is gone`,
    ),
    stderr,
  );
});

test('K19: a pipe that is made blocking for a child carries all that it writes', async () => {
  using manager = new EventManager();
  const size = 3_000_000;
  const script = `import os; print(os.write(3, b'x' * ${size}), end='')`;
  const { reader, writer } = pipe({ blocking: 'writer' });
  assert.equal([reader.blocking, writer.blocking], [false, true]);
  assert.is(writer.write(Buffer.alloc(100_000)), 65_536);
  assert.is(writer.write('x'), null);
  const buffer = Buffer.alloc(65_536);
  assert.is(reader.read(buffer), 65_536);
  const child = spawn('python3', ['-c', script], {
    stdio: ['ignore', 'pipe', 'inherit', writer.fd],
  });
  writer.close();
  let received = 0;
  for await (const _ of manager.watch(reader, EventSet.IN)) {
    const length = reader.read(buffer) ?? 0;
    if (length === 0) break;
    received += length;
  }
  assert.is(received, size);
  const [[written]] = await Promise.all([once(child.stdout!, 'data'), once(child, 'exit')]);
  assert.is(String(written), String(size));
  reader.close();
  assert.throws(() => pipe({ blocking: 'both' as 'reader' }), RangeError);
});

test.run();
