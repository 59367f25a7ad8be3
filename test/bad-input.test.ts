import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events, pipe, TimerFd } from 'wasm-event-manager';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The manager still does its work. */
function works(manager: EventManager): boolean {
  using bell = new EventFd(1);
  const id = manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, EventSet.IN)),
    process: () => void bell.read(),
  });
  const calls = manager.run();
  manager.removeSubscriber(id);
  return calls === 1;
}

function withManager(body: (manager: EventManager, add: (fd: number) => void) => void): void {
  using manager = new EventManager();
  const id = manager.addSubscriber({ process: () => {} });
  body(manager, (fd) => manager.eventOps(id).add(new Events(fd, EventSet.IN)));
  assert.is(manager.metrics().registrations, 0);
  assert.ok(works(manager));
}

const failsWith =
  (code: string, message: RegExp) =>
  (error: unknown): boolean =>
    (error as { code?: string }).code === code && message.test((error as Error).message);

test('a closed fd is said not to be open', () => {
  withManager((_manager, add) => {
    const bell = new EventFd();
    const { fd } = bell;
    bell.close();
    assert.throws(() => add(fd), failsWith('ERR_SYSTEM', /fd \d+ failed: .*EBADF.*not open/));
    assert.throws(() => new Events(bell), failsWith('ERR_OUT_OF_RANGE', /source closed/));
  });
});

test('regular files and directories come with advice', () => {
  withManager((_manager, add) => {
    for (const path of ['package.json', '.']) {
      const fd = openSync(`${ROOT}${path}`, 'r');
      assert.throws(() => add(fd), failsWith('ERR_NOT_POLLABLE', /inotify/));
      closeSync(fd);
    }
  });
});

test('a manager cannot watch itself, directly or through another', () => {
  withManager((manager, add) => {
    assert.throws(() => add(manager.fd), failsWith('ERR_NESTING_TOO_DEEP', /watches this one/));
    // Its own epoll instance is the fd made just before the one that nests it.
    const inner = manager.fd - 1;
    assert.throws(() => add(inner), failsWith('ERR_NESTING_TOO_DEEP', /own epoll instance/));
  });
});

test('memoryMax is kept, with nothing half changed', () => {
  assert.throws(
    () => new EventManager({ memoryMax: 65_536, capacity: 4_096 }),
    failsWith('ERR_OUT_OF_MEMORY', /memoryMax/),
  );
  using manager = new EventManager({ memoryMax: 2 * 65_536 });
  const bells = Array.from({ length: 2_500 }, () => new EventFd());
  const id = manager.addSubscriber({ process: () => {} });
  const ops = manager.eventOps(id);
  const addAll = () => ops.addAll(bells.map((bell) => new Events(bell, EventSet.IN)));
  assert.throws(addAll, failsWith('ERR_OUT_OF_MEMORY', /memoryMax/));
  assert.is(manager.metrics().registrations, 0);
  assert.ok(works(manager));
  for (const bell of bells) bell.close();
});

test('10 000 registrations take 64 bytes of Wasm memory each, at the most', () => {
  using manager = new EventManager();
  const bells = Array.from({ length: 10_000 }, () => new EventFd());
  for (const bell of bells) {
    manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, EventSet.IN)),
      process: () => {},
    });
  }
  const { memoryBytes, registrations } = manager.metrics();
  assert.is(registrations, 10_000);
  assert.ok(memoryBytes <= 64 * registrations, `${memoryBytes / registrations} bytes each`);
  for (const bell of bells) bell.close();
});

test('when there are no more fds, each call says so, and the manager works on', () => {
  const program = `
    import { EventFd, EventManager, Events, EventSet, pipe, TimerFd } from 'wasm-event-manager';
    const manager = new EventManager();
    const bells = [];
    const id = manager.addSubscriber({ process: () => {} });
    let first;
    try {
      for (;;) {
        const bell = new EventFd(1);
        bells.push(bell);
        manager.eventOps(id).add(new Events(bell, EventSet.IN));
      }
    } catch (error) { first = error; }
    const codes = [first];
    const makers = [
      () => pipe(), () => new TimerFd(), () => new EventManager(), () => manager.fd,
      () => bells[0].clone(),
    ];
    for (const make of makers) {
      try { make(); codes.push('none'); } catch (error) { codes.push(error); }
    }
    const calls = manager.run();
    for (const bell of bells.splice(0, 2)) bell.close();
    new EventManager().close();
    console.log(JSON.stringify({
      fds: bells.length, calls,
      codes: codes.map(({ code, errno, message }) => [code, errno, /ulimit -n/.test(message)]),
    }));`;
  const command = `ulimit -n 200; exec "$0" --input-type=module --eval "$1"`;
  const args = ['-c', command, process.execPath, program];
  const { stdout, stderr } = spawnSync('sh', args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.ok(stdout, stderr);
  const { fds, calls, codes } = JSON.parse(stdout);
  assert.ok(fds > 100);
  assert.is(calls, fds + 2);
  assert.equal(codes, Array(6).fill(['ERR_SYSTEM', 24, true]));
});

test('sources refuse what they cannot do', () => {
  using bell = new EventFd(0, { semaphore: true });
  for (const value of [-1, 1.5, 2n ** 64n - 1n, Number.NaN]) {
    assert.throws(() => bell.write(value), failsWith('ERR_OUT_OF_RANGE', /value/));
    assert.throws(() => new EventFd(value), failsWith('ERR_OUT_OF_RANGE', /initial/));
  }
  assert.throws(() => bell.write('1' as never), failsWith('ERR_INVALID_ARG_TYPE', /value/));
  bell.write(2n ** 64n - 2n);
  assert.throws(() => bell.write(), failsWith('ERR_SYSTEM', /EAGAIN/));
  using timer = new TimerFd();
  for (const setting of [{}, { afterNs: 0 }, { everyNs: -1 }, { afterNs: 1, atNs: 1 }]) {
    assert.throws(
      () => timer.set(setting),
      (error: { code: string }) => /^ERR_/.test(error.code),
    );
  }
  const clock = 'sundial' as never;
  assert.throws(() => new TimerFd({ clock }), failsWith('ERR_OUT_OF_RANGE', /clock/));
  const { reader, writer } = pipe();
  reader.close();
  assert.throws(() => writer.write('x'), failsWith('ERR_SYSTEM', /EPIPE/));
  assert.throws(() => reader.read(new Uint8Array(1)), failsWith('ERR_CLOSED', /closed/));
  writer.close();
  writer.close();
});

test.run();
