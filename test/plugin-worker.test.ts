import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { MessageBus } from 'wasm-event-manager/bus';
import type { LoadOptions, PluginFault } from 'wasm-event-manager/plugin';
import { type GuestParts, guest, READER } from './fixtures/plugin-guest.js';
import { load, pluginSuite, rejection, type Stand } from './fixtures/plugin-stand.js';

const test = pluginSuite('plugins in threads');
const begin = '(drop (call $watch (i32.const 1)))';

const loadApart = (stand: Stand, parts: GuestParts, options: Partial<LoadOptions> = {}) =>
  load(stand, parts, { isolation: 'worker', initDeadlineMs: 5_000, ...options });

/** Makes turns, blocking, until something has come about: how many. */
function turnUntil({ manager }: Stand, condition: () => boolean): number {
  const deadline = performance.now() + 10_000;
  for (let turns = 0; ; turns += 1) {
    if (condition()) return turns;
    assert.ok(performance.now() < deadline, `in vain: ${condition}`);
    manager.runWithTimeout(50);
  }
}

test('a guest in a thread is told, and is answered while `run` blocks', async (stand) => {
  const plugin = await loadApart(stand, READER);
  for (let i = 1; i <= 20; i += 1) {
    stand.bell.write(1n);
    turnUntil(stand, () => plugin.metrics().calls === i);
    assert.is(stand.bell.read(), null, 'the guest has read it');
  }
  assert.equal(stand.faults, []);
});

test('attached, a guest in a thread is told', async (stand) => {
  const plugin = await loadApart(stand, READER);
  const attachment = stand.manager.attach();
  stand.bell.write(1n);
  const deadline = performance.now() + 10_000;
  while (plugin.metrics().calls === 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  attachment.detach();
  assert.is(plugin.metrics().calls, 1);
});

test('while a guest is busy its fds are silent, and nobody spins', async (stand) => {
  const busy = `(local $i i32) (loop $l (br_if $l (i32.lt_u
      (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300000000))))`;
  const plugin = await loadApart(
    stand,
    { init: begin, process: `${busy} (call $drain)` },
    {
      deadlineMs: 60_000,
    },
  );
  stand.bell.write(1n);
  const turns = turnUntil(stand, () => plugin.metrics().calls === 1);
  assert.ok(turns < 1_000, `${turns} turns, each of which waits 50 ms for an event`);
  assert.is(stand.bell.read(), null);
});

const FAULTS: Record<string, [parts: GuestParts, kind: PluginFault['kind']]> = {
  'a trap': [{ process: '(unreachable)' }, 'trap'],
  'an endless loop': [{ process: '(loop $l (br $l))' }, 'deadline'],
  'endless recursion': [{ process: '(call $f)', more: '(func $f (call $f))' }, 'trap'],
};

for (const [what, [parts, kind]] of Object.entries(FAULTS)) {
  test(`${what} ends that guest’s thread, and the others go on`, async (stand) => {
    const bad = await loadApart(stand, { init: begin, ...parts }, { name: 'bad', deadlineMs: 200 });
    stand.bell.write(1n);
    turnUntil(stand, () => bad.state === 'stopped');
    assert.equal(
      stand.faults.map(({ error }) => error.kind),
      [kind],
    );
    const good = await loadApart(stand, READER, { name: 'good', deadlineMs: 10_000 });
    turnUntil(stand, () => good.metrics().calls === 1);
    assert.is(good.state, 'running');
  });
}

test('a guest that doesn’t begin is not loaded, and its thread is gone', async (stand) => {
  const loop = { init: '(loop $l (br $l))' };
  const error = await rejection(loadApart(stand, loop, { initDeadlineMs: 200 }));
  assert.match(error.message, 'longer than 200 ms');
  assert.equal(stand.host.plugins, []);
  const other = await rejection(loadApart(stand, { abi: '(i32.const 7)' }));
  assert.match(other.message, 'version 7');
});

test('S55: what a guest in a thread may not, it may not', async (stand) => {
  const init = `(global.set $bell (call $grant (i32.const 16) (i32.const 4)))
    (call $say (i32.sub (i32.const 0) (call $write (global.get $bell) (i32.const 0) (i32.const 8))))
    (call $say (i32.sub (i32.const 0) (call $read (i32.const 3) (i32.const 0) (i32.const 8))))
    (call $say (i32.sub (i32.const 0)
      (call $read (global.get $bell) (i32.const -8) (i32.const 16))))
    (call $say (i32.sub (i32.const 0) (call $grant (i32.const -1) (i32.const 1))))`;
  await loadApart(stand, { init });
  assert.equal(stand.said, [13, 9, 14, 14], 'EACCES, EBADF, EFAULT, EFAULT');
});

test('timers, messages, state: all reaches a guest in a thread', async (stand) => {
  const bus = new MessageBus();
  const heard: string[] = [];
  bus.subscribe('out.a', (message: Uint8Array) => void heard.push(Buffer.from(message).toString()));
  const parts = (start: number): GuestParts => ({
    init: `(drop (call $subscribe (i32.const 48) (i32.const 5)))
      (drop (call $set_timer (i32.const 3) (f64.const 1e6) (f64.const 0)))`,
    process: '(call $say (i32.load (i32.const 65540)))',
    more: `(global $n (mut i32) (i32.const ${start}))
      (func (export "wem_message") (param $topic i32) (param i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (call $say (global.get $n))
        (drop (call $publish (i32.const 32) (i32.const 5) (i32.const 48) (i32.const 5))))
      (func (export "wem_save") (result i32)
        (i32.store (i32.const 65536) (global.get $n)) (i32.const 4))
      (func (export "wem_restore") (param i32) (result i32)
        (global.set $n (i32.load (i32.const 65536))) (i32.const 0))`,
  });
  const rights = { bus, publish: ['out.*'], subscribe: ['hello'], deadlineMs: 10_000 };
  const plugin = await loadApart(stand, parts(100), rights);
  turnUntil(stand, () => stand.said.length === 1);
  bus.publish('hello', 'x');
  turnUntil(stand, () => heard.length === 1);
  await plugin.reload(guest(parts(0)));
  bus.publish('hello', 'y');
  turnUntil(stand, () => heard.length === 2);
  const [timer, ...counted] = stand.said;
  assert.is(timer, 3);
  assert.equal(
    counted.filter((number) => number > 3),
    [101, 102],
    'the state went along',
  );
});

test('unloading in the middle of a call ends the thread', async (stand) => {
  const parts = { init: begin, process: '(loop $l (br $l))' };
  const plugin = await loadApart(stand, parts, { deadlineMs: 60_000 });
  stand.bell.write(1n);
  stand.manager.runWithTimeout(50);
  plugin.unload();
  assert.is(plugin.state, 'unloaded');
  assert.is(stand.manager.runWithTimeout(10), 0);
});

test('K3: where no thread can be made, nothing is left open', async (stand) => {
  const { Worker } = threads;
  threads.Worker = class {
    constructor() {
      throw new Error('no more threads');
    }
  } as never;
  syncBuiltinESMExports();
  try {
    const error = await rejection(loadApart(stand, READER));
    assert.match(error.message, 'no more threads');
  } finally {
    threads.Worker = Worker;
    syncBuiltinESMExports();
  }
  assert.equal(stand.host.plugins, []);
  const plugin = await loadApart(stand, READER);
  stand.bell.write(1n);
  turnUntil(stand, () => plugin.metrics().calls === 1);
});

test('a guest in a thread has deadlines, and no fuel', async (stand) => {
  const error = await rejection(loadApart(stand, READER, { fuel: 1_000 }));
  assert.match(error.message, /fuel must be left out/);
});

test.run();
