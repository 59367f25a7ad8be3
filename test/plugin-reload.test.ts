import * as assert from 'uvu/assert';
import { EventFd, EventManager } from 'wasm-event-manager';
import { TestClock } from 'wasm-event-manager/clock';
import { type LoadOptions, type Plugin, PluginHost } from 'wasm-event-manager/plugin';
import { type GuestParts, guest, READER } from './fixtures/plugin-guest.js';
import { load, pluginSuite, type Stand } from './fixtures/plugin-stand.js';

const test = pluginSuite('plugins that are replaced');
const WATCH = '(drop (call $watch (i32.const 1)))';
/** Some 50 ms. */
const SLOW = `(local $i i32) (loop $l (br_if $l (i32.lt_u
  (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50000000))))`;

const patient = { deadlineMs: 30_000, initDeadlineMs: 30_000 };
const tick = () => new Promise((resolve) => setImmediate(resolve));

async function turnUntil({ manager }: Stand, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `in vain: ${condition}`);
    manager.runWithTimeout(5);
    await tick();
  }
}

/** Counts its lives in the state that it hands on, and says the count when it begins. */
const HEIR: GuestParts = {
  init: WATCH,
  process: '(call $drain)',
  more: `(func (export "wem_save") (result i32)
      (i32.store (i32.const 65536) (i32.add (i32.const 1) (i32.load (i32.const 8)))) (i32.const 4))
    (func (export "wem_restore") (param i32) (result i32)
      (i32.store (i32.const 8) (i32.load (i32.const 65536)))
      (call $say (i32.load (i32.const 8))) (i32.const 0))`,
};

for (const isolation of ['inline', 'worker'] as const) {
  const loadOne = (stand: Stand, parts: GuestParts, options: Partial<LoadOptions> = {}) =>
    load(stand, parts, { isolation, ...patient, ...options });

  /** The one subscriber is the guest, which is told. */
  const isWhole = async (stand: Stand, plugin: Plugin) => {
    assert.is([...stand.manager.subscribers()].length, 1);
    const { calls } = plugin.metrics();
    stand.bell.write(1n);
    await turnUntil(stand, () => plugin.metrics().calls > calls);
    assert.is(plugin.state, 'running');
  };

  test(`${isolation}: reloads at one time come one after the other`, async (stand) => {
    const plugin = await loadOne(stand, HEIR);
    stand.bell.write(1n);
    const results = await Promise.allSettled([
      plugin.reload(guest(HEIR)),
      plugin.reload(Uint8Array.of(1, 2, 3)),
      plugin.reload(guest({ ...HEIR, init: `${SLOW} ${WATCH}` })),
      plugin.reload(guest(HEIR)),
    ]);
    const statuses = results.map(({ status }) => status);
    assert.equal(statuses, ['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    assert.equal(stand.said, [1, 2, 3], 'each had what the one before left');
    assert.is(plugin.metrics().reloads, 3);
    await isWhole(stand, plugin);
  });

  test(`${isolation}: a reload while a restart begins takes its place`, async (stand) => {
    const clock = new TestClock();
    const onFault = { restart: { backoffMs: 10, max: 3 } };
    const parts = { init: `${SLOW} ${WATCH}`, process: '(unreachable)' };
    const plugin = await loadOne(stand, parts, { clock, onFault });
    stand.bell.write(1n);
    await turnUntil(stand, () => plugin.state === 'waiting');
    stand.bell.read();
    const reloaded = plugin.reload(guest(READER));
    clock.advanceTime(clock.timestampNs() + 10_000_000n);
    await reloaded;
    await isWhole(stand, plugin);
    assert.equal(plugin.metrics().faults, { trap: 1 });
  });

  test(`${isolation}: a restart that begins while a reload does gives way`, async (stand) => {
    const clock = new TestClock();
    const onFault = { restart: { backoffMs: 10, max: 3 } };
    const parts = { init: WATCH, process: '(unreachable)' };
    const plugin = await loadOne(stand, parts, { clock, onFault });
    stand.bell.write(1n);
    await turnUntil(stand, () => plugin.state === 'waiting');
    stand.bell.read();
    const reloaded = plugin.reload(guest({ ...READER, init: `${SLOW} ${WATCH}` }));
    await tick();
    clock.advanceTime(clock.timestampNs() + 10_000_000n);
    await reloaded;
    await isWhole(stand, plugin);
    assert.equal(plugin.metrics().faults, { trap: 1 });
  });

  test(`${isolation}: what is granted and revoked while a reload begins holds`, async (stand) => {
    const plugin = await loadOne(stand, READER);
    const grant = plugin.grant('hello', stand.bell, { read: true });
    const init = `(drop (call $add (call $grant (i32.const 48) (i32.const 5)) (i32.const 1)
      (i32.const 0))) (drop (call $grant (i32.const 16) (i32.const 4)))`;
    const begun = `${init} (call $say (i32.const 1))`;
    const reloaded = plugin.reload(guest({ ...READER, init: `${SLOW} ${begun} ` }));
    for (let i = 0; i < 20; i += 1) await tick();
    grant.revoke();
    await reloaded;
    assert.is(plugin.state, 'running');
    assert.is(plugin.metrics().handles, 1, 'only what it was not revoked');
  });

  test(`${isolation}: what comes before a guest has begun is told afterwards`, async (stand) => {
    const timer = '(drop (call $set_timer (i32.const 1) (f64.const 0) (f64.const 0)))';
    const init = `${timer} ${SLOW.replace('(local $i i32)', '')}`;
    const plugin = await loadOne(stand, { init: `(local $i i32) ${init}` });
    await turnUntil(stand, () => plugin.metrics().events > 0);
    assert.is(plugin.metrics().events, 1);
  });

  test(`${isolation}: a name is free once its plugin is unloaded, and only then`, async (stand) => {
    const first = loadOne(stand, READER);
    first.catch(() => {});
    while (stand.host.plugins.length === 0) await tick();
    stand.host.plugins[0]!.unload();
    const second = loadOne(stand, READER);
    await first.then(
      () => {},
      () => {},
    );
    await tick();
    const third = await loadOne(stand, READER).catch((error) => error);
    assert.is(third.code, 'ERR_PLUGIN_EXISTS');
    await isWhole(stand, await second);
  });
}

/** What ends a guest, at each of the moments that a load and a reload have. */
const ENDINGS: Record<string, (stand: Stand) => void> = {
  'unload()': ({ host }) => host.plugins.forEach((plugin) => void plugin.unload()),
  'close()': ({ host }) => host.close(),
  'the manager’s close()': ({ manager }) => manager.close(),
};

for (const isolation of ['inline', 'worker'] as const) {
  for (const [what, end] of Object.entries(ENDINGS)) {
    test(`${isolation}: ${what} at any moment of a load and a reload`, async (stand) => {
      const options = { isolation, ...patient };
      for (let moment = 0; moment < 12; moment += 1) {
        const manager = new EventManager();
        const once = { ...stand, manager, host: new PluginHost(manager), bell: new EventFd() };
        const loading = load(once, { ...HEIR, init: `${SLOW} ${WATCH}` }, options);
        const work = loading.then(async (plugin) => {
          once.bell.write(1n);
          await plugin.reload(guest(HEIR));
        });
        const settled = work.then(
          () => undefined,
          (error) => error,
        );
        for (let i = 0; i < moment ** 2; i += 1) await tick();
        end(once);
        const error = await settled;
        once.host.close();
        manager.close();
        once.bell.close();
        if (error) assert.is(error.code, 'ERR_CLOSED', error.stack);
        assert.equal(once.host.plugins, []);
      }
    });
  }
}

test.run();
