import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdoptedFd, EventFd, EventManager, EventSet, interest, pipe } from 'wasm-event-manager';
import { drain } from 'wasm-event-manager/net';
import { MockEventOps } from 'wasm-event-manager/testing';
import { createEventFd, duplicate } from '../host/sys/index.js';
import { withCode } from './fixtures/configurations.js';
import { runProgram } from './fixtures/program.js';
import { fdsOpen } from './fixtures/threads.js';

const MODULE = JSON.stringify(import.meta.resolve('wasm-event-manager'));
const O_CLOEXEC = 0o2000000;
const folder = mkdtempSync(join(tmpdir(), 'adopted-'));
const fifo = join(folder, 'fifo');
execFileSync('mkfifo', [fifo]);

const test = suite<{ before: number[] }>('adopted fds');
test.before.each((state) => {
  state.before = fdsOpen();
});
test.after.each(({ before }) => assert.equal(fdsOpen(), before));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** The flags of a fd, as the kernel tells them. */
function flagsOf(fd: number): number {
  return Number.parseInt(
    /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!,
    8,
  );
}
const nonBlocking = (fd: number) => (flagsOf(fd) & constants.O_NONBLOCK) !== 0;

/** A fd of a fifo, as a stranger would hand it over: blocking, and closed on exec. */
function strangers(): number {
  return openSync(fifo, constants.O_RDWR);
}

/** Makes a file blocking, as a child does that was lent it. */
function makeBlockingByChild(fd: number): void {
  const { status } = spawnSync('python3', ['-c', 'import os; os.set_blocking(0, True)'], {
    stdio: [fd, 'inherit', 'inherit'],
  });
  assert.is(status, 0);
}

test('`open` is non-blocking and closed on exec, and takes names and numbers', () => {
  for (const flags of ['r+', constants.O_RDWR]) {
    using opened = AdoptedFd.open(fifo, flags);
    assert.is(nonBlocking(opened.fd), true);
    assert.is(flagsOf(opened.fd) & O_CLOEXEC, O_CLOEXEC);
    const buffer = Buffer.alloc(8);
    assert.is(opened.read(buffer), null);
    assert.is(opened.write('hé'), 3);
    assert.is(opened.read(buffer), 3);
    assert.is(buffer.toString('utf8', 0, 3), 'hé');
  }
  using created = AdoptedFd.open(join(folder, 'new'), 'wx');
  assert.is(created.write(Buffer.from('x')), 1);
});

test('`open` refuses what is no path and no flags, and tells why it failed', () => {
  assert.throws(() => AdoptedFd.open(3 as never), withCode('ERR_INVALID_ARG_TYPE'));
  assert.throws(() => AdoptedFd.open('a\0b'), withCode('ERR_OUT_OF_RANGE'));
  for (const flags of ['r++', 'toString', -1, 1.5, 2 ** 31, Number.NaN]) {
    assert.throws(() => AdoptedFd.open(fifo, flags), withCode('ERR_OUT_OF_RANGE'), String(flags));
  }
  assert.throws(() => AdoptedFd.open(fifo, null as never), withCode('ERR_INVALID_ARG_TYPE'));
  const failed = (errno: number) => (error: { errno: number; syscall: string }) =>
    error.errno === -errno && error.syscall === 'open';
  assert.throws(() => AdoptedFd.open(join(folder, 'nothing')), failed(2));
  assert.throws(() => AdoptedFd.open(fifo, 'w'), failed(6));
});

test('a terminal that a service opens does not become its controlling one', () => {
  const program = `
    import os, pty, sys
    main, other = pty.openpty()
    os.set_inheritable(main, True)
    path = os.ttyname(other)
    os.close(other)
    os.setsid() if os.getpid() != os.getsid(0) else None
    os.execvp(sys.argv[1], sys.argv[1:] + [path])
  `.replaceAll(/^ {4}/gm, '');
  const script = `
    import { readFileSync } from 'node:fs';
    import { AdoptedFd } from ${MODULE};
    const tty = AdoptedFd.open(process.argv.at(-1));
    // The seventh field: the controlling terminal, 0 for none.
    console.log(readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[4]);
    tty.close();`;
  const args = ['-c', program, process.execPath, '--input-type=module', '--eval', script, '--'];
  const { stdout, stderr } = spawnSync('setsid', ['--wait', 'python3', ...args], {
    encoding: 'utf8',
    timeout: 15_000,
  });
  assert.is(stdout, '0\n', stderr);
});

test('`close` and `release` make the file again what it was', () => {
  const fd = strangers();
  const copy = new AdoptedFd(fd);
  const witness = openSync(`/proc/self/fd/${fd}`, constants.O_RDWR);
  closeSync(witness);
  assert.is(nonBlocking(fd), true);
  assert.is(copy.release(), fd);
  assert.is(copy.closed, true);
  assert.is(copy.release(), -1);
  assert.is(nonBlocking(fd), false);
  // What was non-blocking stays so.
  using bell = new EventFd();
  const adopted = new AdoptedFd(bell.clone().fd);
  adopted.close();
  assert.is(nonBlocking(bell.fd), true);
  closeSync(fd);
});

test('the file stays non-blocking until its last owner is gone', () => {
  const fd = strangers();
  const adopted = new AdoptedFd(fd);
  const dup = adopted.dup();
  const last = dup.dup();
  adopted.close();
  assert.is(nonBlocking(dup.fd), true);
  dup.close();
  assert.is(nonBlocking(last.fd), true);
  const number = last.release();
  assert.is(nonBlocking(number), false);
  closeSync(number);
});

test('K5: a file that somebody made blocking meanwhile is read and written without a wait', () => {
  using adopted = new AdoptedFd(strangers());
  makeBlockingByChild(adopted.fd);
  assert.is(nonBlocking(adopted.fd), false);
  const buffer = Buffer.alloc(100_000);
  assert.is(adopted.read(buffer), null);
  assert.is(adopted.write('x'), 1);
  assert.is(adopted.read(buffer), 1);
  const taken = adopted.write(buffer)!;
  assert.ok(taken > 0 && taken < buffer.length);
  assert.is(adopted.write(buffer), null);
  while (adopted.read(buffer) !== null);
  adopted.write('drained');
  let drained = '';
  const consume = (bytes: Buffer) => {
    drained += bytes;
  };
  for (const source of [adopted, adopted.fd]) {
    assert.is(drain(source, new MockEventOps(), consume), 'empty');
  }
  assert.is(drained, 'drained');
  assert.is(nonBlocking(adopted.fd), false, 'as the other one wants it');
});

test('what is registered ends with `close` and with `release`', () => {
  using manager = new EventManager();
  for (const end of ['close', 'release'] as const) {
    const fd = strangers();
    const adopted = new AdoptedFd(fd);
    const registration = interest(EventSet.IN)
      .withFd(adopted)
      .withHandler(() => {})
      .registerInto(manager);
    adopted[end]();
    assert.is(registration.removed, true);
    if (end === 'release') closeSync(fd);
  }
});

test('S44: an adoption that fails leaves the fd to the caller, as it was', () => {
  const { reader, writer } = pipe();
  const { fd } = reader;
  reader.close();
  assert.throws(
    () => new AdoptedFd(fd),
    (error: { errno: number }) => error.errno === -9,
  );
  assert.throws(
    () => EventFd.adopt(fd),
    (error: { errno: number }) => error.errno === -9,
  );
  writer.close();
});

test('K5: an eventfd that was blocking is adopted non-blocking', () => {
  const fd = createEventFd(0, false);
  makeBlockingByChild(fd);
  assert.is(nonBlocking(fd), false);
  using adopted = EventFd.adopt(fd);
  assert.is(nonBlocking(fd), true);
  assert.is(adopted.read(), null);
});

test("K10: in a worker, a number that Node's own `openSync` gave is closed once", () => {
  const { stdout, stderr } = runProgram(`
    import { once } from 'node:events';
    import { readlinkSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(\`
      const { parentPort } = require('node:worker_threads');
      const { openSync } = require('node:fs');
      import(${MODULE.replaceAll('"', "'")}).then(({ AdoptedFd }) => {
        const fd = openSync(${JSON.stringify(fifo).replaceAll('"', "'")}, 'r+');
        new AdoptedFd(fd).close();
        parentPort.postMessage(fd);
      });
      parentPort.on('message', () => process.exit());
    \`, { eval: true, execArgv: [] });
    process.on('warning', (warning) => console.log('warned', warning.message));
    const [fd] = await once(worker, 'message');
    const { EventFd } = await import(${MODULE});
    const strangers = Array.from({ length: 8 }, () => new EventFd());
    const ours = strangers.find((each) => each.fd === fd);
    worker.postMessage('end');
    await once(worker, 'exit');
    console.log(ours !== undefined && readlinkSync('/proc/self/fd/' + fd).includes('eventfd'));
  `);
  assert.is(stdout, 'true\n', stderr);
});

test('closing the last of a file that was blocking leaves it so to who else has it', () => {
  const fd = strangers();
  const others = duplicate(fd);
  const adopted = new AdoptedFd(fd);
  const dup = adopted.dup();
  assert.is(nonBlocking(others), true);
  adopted.close();
  assert.is(nonBlocking(others), true, 'while another goes on to use it');
  dup.close();
  assert.is(nonBlocking(others), false);
  closeSync(others);
});

test.run();
