import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { type LoadOptions, PluginHost } from 'wasm-event-manager/plugin';
import { guest, READER } from './fixtures/plugin-guest.js';
import { load, pluginSuite, rejection } from './fixtures/plugin-stand.js';

const test = pluginSuite('plugin hosts');

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

test.run();
