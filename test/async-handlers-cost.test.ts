import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { ManagerKernel } from '../host/sys/manager-kernel.js';
import { until } from './fixtures/attached.js';
import { randomFrom } from './fixtures/random.js';

const SEED = Number(process.env.WEM_SEED ?? Date.now() % 2 ** 31);

class CountingKernel extends ManagerKernel {
  ctls = 0;

  override ctl(...args: Parameters<ManagerKernel['ctl']>): number {
    this.ctls += 1;
    return super.ctl(...args);
  }
}

/** What one subscriber with so many ready fds costs, in epoll_ctl(2) an event. */
async function callsPerEvent(count: number, set: EventSet): Promise<number> {
  const kernel = new CountingKernel();
  using manager = new EventManager({ syscalls: kernel });
  const bells = Array.from({ length: count }, () => new EventFd(1));
  let handled = 0;
  manager.addSubscriber({
    init: (ops) => ops.addAll(bells.map((bell, i) => new Events(bell, set, i))),
    process: async ({ data }) => {
      bells[data]!.read();
      await Promise.resolve();
      handled += 1;
    },
  });
  using _attachment = manager.attach();
  kernel.ctls = 0;
  await until(() => handled === count);
  for (const bell of bells) bell.close();
  return kernel.ctls / count;
}

test('F60: an event of an async subscriber costs the same among few and many', async () => {
  for (const set of [EventSet.IN, EventSet.IN | EventSet.EDGE_TRIGGERED]) {
    for (const count of [10, 100, 1_000, 4_000]) {
      const calls = await callsPerEvent(count, set);
      assert.ok(calls <= 2, `${calls} epoll_ctl an event among ${count}`);
    }
  }
});

test('F60: what a silent fd no longer has to tell holds up none of the others', async () => {
  using manager = new EventManager();
  const bells = Array.from({ length: 200 }, () => new EventFd(1));
  const seen = new Set<number>();
  let first = true;
  manager.addSubscriber({
    init: (ops) => ops.addAll(bells.map((bell, i) => new Events(bell, EventSet.IN, i))),
    process: ({ data }) => {
      bells[data]!.read();
      seen.add(data);
      if (!first) return;
      first = false;
      // Every other one is read by somebody else while all of them are silent.
      return new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => {
        for (const bell of bells.filter((_, i) => i % 2 === 1)) bell.read();
      });
    },
  });
  using _attachment = manager.attach();
  await until(() => [...bells.keys()].every((i) => i % 2 === 1 || seen.has(i)));
  assert.ok(seen.size >= 100);
  bells[1]!.write(1n);
  seen.clear();
  await until(() => seen.has(1));
  for (const bell of bells) bell.close();
});

test('F60: random promises and pauses: each ring is handled, one at a time', async () => {
  console.log(`seed ${SEED} (WEM_SEED)`);
  const random = randomFrom(SEED);
  for (let round = 0; round < 20; round += 1) {
    using manager = new EventManager();
    const bells = Array.from({ length: 1 + random(40) }, () => new EventFd());
    const owed = new Map(bells.map((_, i) => [i, 0n]));
    const paused = new Set<number>();
    let inside = 0;
    let most = 0;
    const set = random(2) === 0 ? EventSet.IN : EventSet.IN | EventSet.EDGE_TRIGGERED;
    const id = manager.addSubscriber({
      init: (ops) => ops.addAll(bells.map((bell, i) => new Events(bell, set, i))),
      process: ({ data }) => {
        inside += 1;
        most = Math.max(most, inside);
        owed.set(data, owed.get(data)! - (bells[data]!.read() ?? 0n));
        const end = () => {
          inside -= 1;
        };
        if (random(3) === 0) return end();
        return new Promise<void>((resolve) => setImmediate(resolve)).then(end);
      },
    });
    using _attachment = manager.attach();
    for (let step = 0; step < 200; step += 1) {
      const i = random(bells.length);
      const what = random(10);
      if (what === 0) {
        if (!paused.has(i)) manager.eventOps(id).pause(bells[i]!);
        paused.add(i);
      } else if (what === 1 && paused.delete(i)) manager.eventOps(id).resume(bells[i]!);
      else if (what === 2) await new Promise((resolve) => setImmediate(resolve));
      else {
        bells[i]!.write(1n);
        owed.set(i, owed.get(i)! + 1n);
      }
    }
    for (const i of paused) manager.eventOps(id).resume(bells[i]!);
    await until(() => [...owed.values()].every((count) => count === 0n) && inside === 0);
    assert.is(most, 1, `seed ${SEED}, round ${round}`);
    for (const bell of bells) bell.close();
  }
});

test.run();
