import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';
import {
  type LoadOptions,
  type PluginFault,
  type PluginFaultEvent,
  PluginHost,
} from 'wasm-event-manager/plugin';
import { type GuestParts, guest, READER } from './fixtures/plugin-guest.js';

interface Stand {
  manager: EventManager;
  host: PluginHost;
  bell: EventFd;
  faults: PluginFaultEvent[];
  /** The numbers that guests have logged. */
  said: number[];
  fds: number;
}

const openFds = () => readdirSync('/proc/self/fd').length;
const test = suite<Stand>('plugins');

test.before(() => {
  // A thread's first attach opens fds for good.
  using manager = new EventManager();
  manager.attach().detach();
});

test.before.each((stand) => {
  stand.fds = openFds();
  stand.said = [];
  stand.faults = [];
  stand.manager = new EventManager();
  stand.bell = new EventFd();
  const log = (_level: number, text: string) => {
    stand.said.push(Buffer.from(text, 'latin1').readUInt8(0));
  };
  stand.host = new PluginHost(stand.manager, { defaults: { log } });
  stand.host.on('fault', (event) => stand.faults.push(event));
});

test.after.each((stand) => {
  stand.host.close();
  stand.manager.close();
  stand.bell.close();
  assert.is(openFds(), stand.fds, 'every fd is closed');
});

/** Loads a guest that is granted the bell. */
function load({ host, bell }: Stand, parts: GuestParts, options: Partial<LoadOptions> = {}) {
  const grants = { bell: { source: bell, read: true } };
  return host.load(guest(parts), { name: 'guest', grants, ...options });
}

async function rejection(promise: Promise<unknown>): Promise<Error & { code: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code: string };
  }
  return assert.unreachable('fulfilled') as never;
}

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

test('a grant says what a guest may do, and no handle opens another door', async (stand) => {
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

test('a grant that is revoked, or whose source is closed, names nothing from then on', async (stand) => {
  const process = `(call $say (i32.load (i32.const 65536)))
    (call $say (i32.sub (i32.const 0) (call $read (global.get $bell) (i32.const 0) (i32.const 8))))`;
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

const FAULTS: Record<string, [parts: GuestParts, kind: PluginFault['kind'], options?: object]> = {
  'a trap': [{ process: '(unreachable)' }, 'trap'],
  'an endless loop': [{ process: '(loop $l (br $l))' }, 'deadline', { deadlineMs: 20 }],
  'an endless loop under fuel': [{ process: '(loop $l (br $l))' }, 'fuel', { fuel: 10_000 }],
  'endless recursion': [{ process: '(call $f)', more: '(func $f (call $f))' }, 'trap'],
  'memory filled again and again': [
    { process: '(loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br $l))' },
    'deadline',
    { deadlineMs: 20 },
  ],
  'an access beyond its memory': [{ process: '(drop (i32.load (i32.const -4)))' }, 'trap'],
};

for (const [what, [parts, kind, options]] of Object.entries(FAULTS)) {
  test(`${what} is that guest’s fault alone: it is over in the same turn`, async (stand) => {
    const begin = '(drop (call $watch (i32.const 1)))';
    const bad = await load(stand, { init: begin, ...parts }, { name: 'bad', ...options });
    const good = await load(stand, READER, { name: 'good' });
    stand.bell.write(1n);
    stand.manager.runWithTimeout(1_000);
    assert.is(bad.state, 'stopped');
    assert.equal(
      stand.faults.map(({ plugin, error, action }) => [plugin.name, error.kind, action]),
      [['bad', kind, 'stop']],
    );
    assert.is(good.metrics().calls, 1, 'the other guest was told in the same turn');
    assert.is(stand.manager.runWithTimeout(0), 0, 'nothing of it is registered');
    assert.equal([bad.metrics().timers, bad.metrics().subscriptions], [0, 0]);
  });
}

const REFUSED: Record<string, [parts: GuestParts, code: string]> = {
  'of another version': [{ abi: '(i32.const 2)' }, 'ERR_PLUGIN_FAULT'],
  'whose buffer is beyond its memory': [{ buffer: '(i32.const 196600)' }, 'ERR_PLUGIN_FAULT'],
  'whose buffer is at no multiple of 8': [{ buffer: '(i32.const 65537)' }, 'ERR_PLUGIN_FAULT'],
  'that loops in its beginning': [{ init: '(loop $l (br $l))' }, 'ERR_PLUGIN_FAULT'],
  'that loops in its start function': [
    { more: '(func $s (loop $l (br $l))) (start $s)' },
    'ERR_PLUGIN_FAULT',
  ],
  'without a memory that it shows': [{ memory: '(memory 3)' }, 'ERR_PLUGIN_FAULT'],
  'that wants too much memory': [
    { memory: '(memory (export "memory") 300)' },
    'ERR_MODULE_REFUSED',
  ],
};

for (const [what, [parts, code]] of Object.entries(REFUSED)) {
  test(`a guest ${what} is not loaded, and leaves nothing`, async (stand) => {
    const error = await rejection(load(stand, parts, { initDeadlineMs: 20 }));
    assert.is(error.code, code);
    assert.equal(stand.host.plugins, []);
    assert.equal([...stand.manager.subscribers()], []);
    await load(stand, READER);
  });
}

test('a guest that leaves a ready fd unread is stopped before it spins for ever', async (stand) => {
  const plugin = await load(stand, { init: '(drop (call $watch (i32.const 1)))' });
  stand.bell.write(1n);
  for (let i = 0; i < 2_000 && plugin.state === 'running'; i += 1) stand.manager.runWithTimeout(0);
  assert.is(stand.faults[0]?.error.kind, 'spin');
});

test('a fault begins a guest anew, later each time, and only so often', async (stand) => {
  const clock = new TestClock();
  const restart = { backoffMs: 100, max: 2, windowMs: 60_000 };
  const begin = '(drop (call $watch (i32.const 1)))';
  const parts = { init: begin, process: '(unreachable)' };
  const plugin = await load(stand, parts, { clock, onFault: { restart } });
  stand.bell.write(1n);
  const states = [];
  for (const delayMs of [99, 1, 199, 1, 1_000]) {
    stand.manager.runWithTimeout(0);
    clock.advanceTime(clock.timestampNs() + BigInt(delayMs) * 1_000_000n);
    states.push(plugin.state);
  }
  assert.equal(states, ['waiting', 'running', 'waiting', 'running', 'stopped']);
  const { restarts, faults } = plugin.metrics();
  assert.equal([restarts, faults], [2, { trap: 3 }]);
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

test('a guest publishes and hears what it may', async (stand) => {
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

test('a reload takes state along, and keeps the old guest when the new one fails', async (stand) => {
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

test('what is typed wrongly is refused before anything is compiled', async (stand) => {
  const bytes = guest();
  const wrong: [options: object, what: RegExp][] = [
    [{}, /name must be a string/],
    [{ name: '' }, /name/],
    [{ name: 'a', deadlineMS: 3 }, /deadlineMs/],
    [{ name: 'a', deadlineMs: 0 }, /deadlineMs/],
    [{ name: 'a', fuel: 1.5 }, /fuel/],
    [{ name: 'a', limits: { memory: 3 } }, /memoryPages/],
    [{ name: 'a', limits: { handles: 5_000 } }, /handles/],
    [{ name: 'a', onFault: 'ignore' }, /onFault/],
    [{ name: 'a', config: 'text' }, /config/],
    [{ name: 'a', config: new Uint8Array(70_000) }, /config/],
    [{ name: 'a', publish: 'x' }, /publish/],
    [{ name: 'a', grants: { x: { source: -1 } } }, /fd/],
    [{ name: 'a', grants: { x: { source: stand.bell, read: 1 } } }, /read/],
  ];
  for (const [options, what] of wrong) {
    const error = await rejection(stand.host.load(bytes, options as LoadOptions));
    assert.match(error.message, what, JSON.stringify(options));
  }
  assert.equal(stand.host.plugins, []);
  await stand.host.load(bytes, { name: 'a' });
  assert.is((await rejection(stand.host.load(bytes, { name: 'a' }))).code, 'ERR_PLUGIN_EXISTS');
});

test('a host can’t be had on a kernel in memory, or on a closed manager', async (stand) => {
  const { SimulatedSyscalls } = await import('wasm-event-manager/testing');
  using simulated = new EventManager({ syscalls: new SimulatedSyscalls() });
  assert.throws(() => new PluginHost(simulated), /needs the kernel/);
  const closed = new EventManager();
  closed.close();
  assert.throws(() => new PluginHost(closed), /closed/);
  stand.host.close();
  assert.is((await rejection(load(stand, READER))).code, 'ERR_CLOSED');
});

test('closing the manager unloads the plugins', async (stand) => {
  const plugin = await load(stand, READER);
  stand.manager.close();
  assert.is(plugin.state, 'unloaded');
  assert.throws(() => plugin.grant('x', stand.bell), /unloaded/);
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
