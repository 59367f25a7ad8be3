import * as assert from 'uvu/assert';
import { EventFd, EventSet } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';
import { guest, READER } from './fixtures/plugin-guest.js';
import { load, pluginSuite, rejection } from './fixtures/plugin-stand.js';

const test = pluginSuite('plugins');

test('a guest is told of the fd that it watches, and reads it', async (stand) => {
  const plugin = await load(stand, READER);
  stand.bell.write(5n);
  stand.manager.runWithTimeout(1_000);
  assert.is(stand.bell.read(), null, 'the guest has read it');
  assert.is(stand.manager.runWithTimeout(0), 0);
  const { calls, events, handles, state } = plugin.metrics();
  assert.equal([calls, events, handles, state], [1, 1, 1, 'running']);
});

test('attached, a guest is called in the turns of Node’s loop', async (stand) => {
  const plugin = await load(stand, READER);
  const attachment = stand.manager.attach();
  stand.bell.write(1n);
  const deadline = performance.now() + 5_000;
  while (plugin.metrics().calls === 0 && performance.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  attachment.detach();
  assert.is(plugin.metrics().calls, 1);
});

test('a batch tells of all that is ready, with the guest’s own data', async (stand) => {
  const bells = Array.from({ length: 300 }, () => new EventFd(1));
  const name = (i: number) => String.fromCharCode(97 + (i >> 4), 97 + (i & 15));
  const grants = Object.fromEntries(bells.map((source, i) => [name(i), { source, read: true }]));
  // Watches each by its name of two letters, and counts entries whose data is what was given.
  const init = `(local $i i32) (loop $next
    (i32.store8 (i32.const 16) (i32.add (i32.const 97) (i32.shr_u (local.get $i) (i32.const 4))))
    (i32.store8 (i32.const 17) (i32.add (i32.const 97) (i32.and (local.get $i) (i32.const 15))))
    (drop (call $add (call $grant (i32.const 16) (i32.const 2)) (i32.const 0x40000001)
      (local.get $i)))
    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
      (i32.const 300))))`;
  const limits = { handles: 300 };
  const plugin = await stand.host.load(guest({ init }), { name: 'many', grants, limits });
  while (stand.manager.runWithTimeout(0) > 0);
  const { events, calls } = plugin.metrics();
  assert.is(events, 300, 'each once, as they are one-shot');
  assert.ok(calls >= 2, 'a batch holds 256');
  for (const bell of bells) bell.close();
});

test('S55: a grant says what a guest may do, and no handle opens another door', async (stand) => {
  const init = `(global.set $bell (call $grant (i32.const 16) (i32.const 4)))
    (call $say (i32.sub (i32.const 0) (call $write (global.get $bell) (i32.const 0) (i32.const 8))))
    (call $say (i32.sub (i32.const 0) (call $add (global.get $bell) (i32.const 4) (i32.const 0))))
    (call $say (i32.sub (i32.const 0) (call $grant (i32.const 48) (i32.const 5))))
    (call $say (i32.sub (i32.const 0) (call $read (i32.const 0) (i32.const 0) (i32.const 8))))
    (call $say (i32.sub (i32.const 0) (call $read (i32.const 3) (i32.const 0) (i32.const 8))))
    (call $say (i32.sub (i32.const 0)
      (call $read (global.get $bell) (i32.const -8) (i32.const 16))))
    (call $say (i32.sub (i32.const 0)
      (call $read (global.get $bell) (i32.const 196607) (i32.const 8))))
    (call $say (i32.sub (i32.const 0) (call $remove (global.get $bell))))
    (call $say (i32.sub (i32.const 0) (call $grant (i32.const -1) (i32.const 1))))`;
  await load(stand, { init });
  const [EACCES, ENOENT, EBADF, EFAULT] = [13, 2, 9, 14];
  const expected = [EACCES, EACCES, ENOENT, EBADF, EBADF, EFAULT, EFAULT, ENOENT, EFAULT];
  assert.equal(stand.said, expected);
});

test('S55: a grant that is revoked, or whose source is closed, names nothing', async (stand) => {
  const process = `(call $say (i32.load (i32.const 65536)))
    (call $say
      (i32.sub (i32.const 0) (call $read (global.get $bell) (i32.const 0) (i32.const 8))))`;
  const plugin = await load(
    stand,
    { init: '(drop (call $watch (i32.const 1)))', process },
    {
      grants: {},
    },
  );
  const first = plugin.grant('bell', stand.bell, { read: true });
  stand.manager.runWithTimeout(0);
  assert.equal(stand.said.splice(0), [3, 9], 'granted; the guest has not asked for it');
  first.revoke();
  assert.not(first.active);
  stand.manager.runWithTimeout(0);
  assert.equal(stand.said.splice(0), [4, 9], 'revoked');
  const other = new EventFd();
  const second = plugin.grant('other', other, { read: true });
  other.close();
  assert.not(second.active, 'closing the source revokes');
  assert.is(plugin.metrics().handles, 0);
});

test('timers fire by the host’s clock, and an interval counts what it missed', async (stand) => {
  const clock = new TestClock();
  const init = `(drop (call $set_timer (i32.const 1) (f64.const 1e6) (f64.const 0)))
    (drop (call $set_timer (i32.const 2) (f64.const 1e6) (f64.const 1e6)))
    (drop (call $set_timer (i32.const 3) (f64.const 5e6) (f64.const 0)))
    (drop (call $cancel_timer (i32.const 3)))
    (call $say (i32.sub (i32.const 0) (call $cancel_timer (i32.const 3))))
    (call $say (i32.sub (i32.const 0)
      (call $set_timer (i32.const 4) (f64.const nan) (f64.const 0))))`;
  const process = `(local $i i32) (loop $each
    (call $say (i32.load offset=65540 (local.get $i)))
    (call $say (i32.load offset=65544 (local.get $i)))
    (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16)))
      (i32.mul (local.get $count) (i32.const 16)))))`;
  const plugin = await load(stand, { init, process }, { clock });
  assert.equal(stand.said.splice(0), [2, 22], 'ENOENT, EINVAL');
  clock.advanceTime(3_000_000n);
  stand.manager.runWithTimeout(0);
  assert.equal(stand.said, [1, 1, 2, 3], 'timer 1 once, timer 2 three times');
  assert.is(plugin.metrics().timers, 1);
});

test('S55: a guest publishes and hears what it may', async (stand) => {
  const bus = new MessageBus();
  const heard: unknown[] = [];
  bus.subscribe('out.*', (message: Uint8Array) => heard.push(Buffer.from(message).toString()));
  const init = `(call $say (i32.sub (i32.const 0)
      (call $publish (i32.const 48) (i32.const 5) (i32.const 48) (i32.const 5))))
    (call $say (call $publish (i32.const 32) (i32.const 5) (i32.const 48) (i32.const 5)))
    (call $say (i32.sub (i32.const 0) (call $subscribe (i32.const 16) (i32.const 4))))
    (call $say (call $subscribe (i32.const 48) (i32.const 5)))`;
  const more = `(func (export "wem_message") (param $topic i32) (param $length i32)
    (call $say (i32.load8_u (i32.add (i32.const 65536) (local.get $topic)))))`;
  const rights = { bus, publish: ['out.*'], subscribe: ['hello'] };
  const plugin = await load(stand, { init, more }, rights);
  assert.equal(stand.said.splice(0), [13, 0, 13, 1], 'EACCES, done, EACCES, done');
  assert.equal(heard, ['hello']);
  bus.publish('hello', Uint8Array.of(77));
  bus.publish('hello', 'N');
  bus.publish('hello', { neither: 'bytes nor text' });
  stand.manager.runWithTimeout(0);
  assert.equal(stand.said, [77, 78]);
  assert.is(plugin.metrics().dropped, 1);
  plugin.unload();
  assert.not(bus.hasSubscribers('hello'));
});

test('quotas refuse what goes beyond, and count it', async (stand) => {
  const twice = (call: string) => `(drop ${call}) (call $say (i32.sub (i32.const 0) ${call}))`;
  const bus = new MessageBus();
  const init = [
    twice('(call $set_timer (global.get $bell) (f64.const 1e9) (f64.const 0))').replace(
      '(call $say',
      '(global.set $bell (i32.const 9)) (call $say',
    ),
    twice('(call $publish (i32.const 32) (i32.const 5) (i32.const 48) (i32.const 5))'),
    '(call $say (i32.sub (i32.const 0) (call $grant (i32.const 16) (i32.const 4))))',
    '(call $log (i32.const 0) (i32.const 48) (i32.const 60))',
  ].join('\n');
  const limits = { timers: 1, messagesPerTurn: 1, handles: 0, logBytesPerTurn: 50 };
  const options = { bus, publish: ['*'], limits };
  const plugin = await load(stand, { init }, options);
  assert.equal(stand.said, [122, 122, 122], 'EDQUOT');
  const once = { timers: 1, messagesPerTurn: 1, handles: 1, logBytesPerTurn: 1 };
  assert.equal(plugin.metrics().refused, once);
});

test('a reload takes state along; when it fails, the old guest goes on', async (stand) => {
  const counter = (start: number) => ({
    ...READER,
    more: `(global $n (mut i32) (i32.const ${start}))
      (func (export "wem_save") (result i32)
        (i32.store (i32.const 65536) (global.get $n)) (i32.const 4))
      (func (export "wem_restore") (param i32) (result i32)
        (global.set $n (i32.load (i32.const 65536))) (i32.const 0))`,
    process: `(call $drain) (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (call $say (global.get $n))`,
  });
  const ring = () => {
    stand.bell.write(1n);
    stand.manager.runWithTimeout(1_000);
  };
  const plugin = await load(stand, counter(10));
  ring();
  await plugin.reload(guest(counter(50)));
  ring();
  assert.equal(stand.said, [11, 12], 'the state went along');
  const broken = guest({ ...READER, init: '(unreachable)' });
  assert.is((await rejection(plugin.reload(broken))).code, 'ERR_PLUGIN_FAULT');
  ring();
  assert.equal(stand.said, [11, 12, 13], 'the old one goes on');
  assert.equal([plugin.state, plugin.metrics().reloads], ['running', 1]);
});

test('a host’s own code that throws in a guest’s call is not the guest’s fault', async (stand) => {
  const log = () => {
    throw new Error('the log is full');
  };
  const parts = { ...READER, process: '(call $drain) (call $say (i32.const 1))' };
  const plugin = await load(stand, parts, { log });
  stand.bell.write(1n);
  assert.throws(() => stand.manager.runWithTimeout(1_000), /the log is full/);
  assert.is(plugin.state, 'running');
});

test('unloading in the middle of a guest’s call ends that call', async (stand) => {
  let unload = () => {};
  const process = '(call $drain) (call $say (i32.const 1)) (call $say (i32.const 2))';
  const calls: string[] = [];
  const log = (_level: number, text: string) => {
    calls.push(text);
    unload();
  };
  const plugin = await load(stand, { ...READER, process }, { log });
  unload = () => plugin.unload();
  stand.bell.write(1n);
  stand.manager.runWithTimeout(1_000);
  assert.equal([calls.length, plugin.state, stand.faults], [1, 'unloaded', []]);
});

test('EventSet of a guest: what it may not ask for is refused', async (stand) => {
  const init = `(call $say (i32.sub (i32.const 0) (call $watch (i32.const 2))))
    (call $say (call $add (global.get $bell) (i32.const 0xc0000001) (i32.const 0)))`;
  const grants = { bell: { source: stand.bell, read: true, interest: EventSet.IN } };
  await load(stand, { init }, { grants });
  assert.equal(stand.said, [13, 0], 'PRIORITY: EACCES; edge-triggered and one-shot: done');
});

test.run();
