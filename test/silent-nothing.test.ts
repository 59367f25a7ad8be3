import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  EventSet,
  Events,
  type FdSource,
  interest,
} from 'wasm-event-manager';
import { UnixStream } from 'wasm-event-manager/net';

/** A manager, and what it tells `onError`, as code, name and fd. */
function telling() {
  const told: unknown[] = [];
  const manager = new EventManager({
    onError: (error, { name, fd }) => told.push([(error as { code: string }).code, name, fd]),
  });
  return { manager, told };
}

test('a registration for no event is told of once, by name, before the wait', () => {
  const { manager, told } = telling();
  using _ = manager;
  using bell = new EventFd();
  using other = new EventFd();
  interest()
    .withFd(bell)
    .withHandler(() => {})
    .withName('bell')
    .registerInto(manager);
  manager.addSubscriber({ init: (ops) => ops.add(new Events(other)), process() {} });
  assert.equal(told, []);
  for (let i = 0; i < 3; i += 1) manager.runWithTimeout(0);
  assert.equal(told, [
    ['ERR_NEVER_FIRES', 'bell', bell.fd],
    ['ERR_NEVER_FIRES', undefined, other.fd],
  ]);
});

test('and while it is attached, where no wait comes', async () => {
  const { manager, told } = telling();
  using _ = manager;
  using bell = new EventFd();
  manager.attach();
  interest()
    .edgeTriggered()
    .withFd(bell)
    .withHandler(() => {})
    .registerInto(manager);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(told, [['ERR_NEVER_FIRES', undefined, bell.fd]]);
});

test('one that is changed, paused, removed or for hang-ups, and a paused stream, are not', () => {
  const { manager, told } = telling();
  using _ = manager;
  const bells = [1, 2, 3, 4].map(() => new EventFd());
  const [changed, paused, removed, hangUps] = bells as [EventFd, ...EventFd[]];
  const ops = manager.eventOps(manager.addSubscriber({ process() {} }));
  for (const each of [changed, paused!, removed!]) ops.add(new Events(each));
  ops.modify(new Events(changed, EventSet.IN));
  ops.pause(paused!);
  ops.remove(removed!);
  ops.add(new Events(hangUps!, EventSet.HANG_UP));
  const [one] = UnixStream.pair(manager);
  one.pause();
  manager.runWithTimeout(0);
  assert.equal(told, []);
  for (const each of bells) each.close();
});

function run(program: string): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { EventManager, EventFd, interest } from 'wasm-event-manager';
     const manager = new EventManager();
     const bell = new EventFd(1);
     const description = interest().read().withFd(bell).withHandler(() => bell.read());
     description.withName('bell').registerInto(manager);
     ${program}`,
    ],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return stdout + stderr;
}

test('a process that ends and has waited for nothing says so', () => {
  const said = run('');
  assert.match(
    said,
    /NeverWaitedWarning: the process ends, .* waited for "bell" \(fd \d+\): `attach/,
  );
  for (const program of [
    'manager.run();',
    'manager.attach(); setTimeout(() => manager.close(), 50)',
    'manager.close()',
  ]) {
    assert.not.match(run(program), 'NeverWaited', program);
  }
});

test('what has no fd is refused, with what to use instead', () => {
  using manager = new EventManager();
  const child = { pid: 5, stdout: null };
  const cases: [unknown, RegExp][] = [
    [createServer(), /TcpListener/],
    [child, /PidFd\(child\.pid\)/],
    [{ readable: true }, /a `pipe\(\)` as `stdio`/],
    [{}, /numeric `fd`, not an object/],
  ];
  for (const [source, message] of cases) {
    assert.throws(
      () =>
        interest()
          .read()
          .withFd(source as { fd: number }),
      message,
    );
    assert.throws(() => new Events(source as FdSource), message);
    assert.throws(() => manager.watch(source as FdSource, EventSet.IN), message);
  }
});

test('a wait without end is refused while attached, as it would stop what makes the turns', () => {
  using manager = new EventManager();
  const attachment = manager.attach();
  const calls = [
    () => manager.run(),
    () => manager.runForever(),
    () => manager.runWithTimeout(),
    () => manager.runWithTimeout(Number.POSITIVE_INFINITY),
  ];
  for (const call of calls) {
    assert.throws(call, (error: { code: string }) => error.code === 'ERR_ALREADY_ATTACHED');
  }
  assert.is(manager.runWithTimeout(1), 0);
  attachment.detach();
  manager.inject(manager.addSubscriber({ process() {} }), new Events(3));
  assert.is(manager.run(), 1);
});

test.run();
