import * as assert from 'uvu/assert';
import { TestClock } from 'wasm-event-manager/clock';
import type { PluginFault } from 'wasm-event-manager/plugin';
import { type GuestParts, READER } from './fixtures/plugin-guest.js';
import { load, pluginSuite, rejection } from './fixtures/plugin-stand.js';

const test = pluginSuite('faults of plugins');

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

test.run();
