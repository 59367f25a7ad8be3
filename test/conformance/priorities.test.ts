import * as assert from 'uvu/assert';
import { type EventOps, EventSet, Events, interest } from 'wasm-event-manager';
import { everywhere, type Setting, withCode } from '../fixtures/configurations.js';
import { randomFrom } from '../fixtures/random.js';

const { IN, OUT } = EventSet;

/** One subscriber of so many ready fds, and what it has heard of. */
function watching(setting: Setting, count: number, options = {}) {
  const manager = setting.make(options);
  const seen: number[] = [];
  let act: (fd: number, ops: EventOps) => void = () => {};
  const id = manager.addSubscriber({
    process: ({ fd }, ops) => {
      seen.push(fd);
      act(fd, ops);
    },
  });
  const ops = manager.eventOps(id);
  const fds = Array.from({ length: count }, () => setting.kernel.eventfd(1n));
  for (const fd of fds) ops.add(new Events(fd, IN));
  const taken = () => seen.splice(0);
  const during = (next: typeof act) => {
    act = next;
  };
  return { manager, ops, fds, taken, during };
}

everywhere(
  'priorities',
  (test) => {
    test("S48: higher levels come first, and equals in the kernel's order", (setting) => {
      for (let seed = 1; seed <= 20; seed += 1) {
        const random = randomFrom(seed);
        const { manager, ops, fds, taken } = watching(setting, 2 + random(20));
        assert.is(manager.run(), fds.length);
        const kernels = taken();
        const levels = new Map<number, number>();
        for (let steps = 0; steps < 5; steps += 1) {
          for (const fd of fds) {
            if (random(2) === 0) continue;
            levels.set(fd, random(5) - 2);
            ops.setPriority(fd, levels.get(fd)!);
          }
          assert.is(manager.run(), fds.length);
          // What is ready goes to the end of the kernel's list, and all of these are.
          const levelOf = (fd: number) => levels.get(fd) ?? 0;
          const wanted = [...kernels].sort((a, b) => levelOf(b) - levelOf(a));
          assert.equal(taken(), wanted, `seed ${seed}, step ${steps}`);
        }
        manager.close();
      }
    });

    test("S48: a budget's rest keeps its place, and a removed one is dropped", (setting) => {
      const { manager, ops, fds, taken, during } = watching(setting, 6, { budget: { events: 2 } });
      fds.forEach((fd, i) => void ops.setPriority(fd, i));
      const [first, second, third, fourth, fifth, sixth] = fds as [number, ...number[]];
      assert.is(manager.run(), 2);
      assert.equal(taken(), [sixth, fifth]);
      // For the next batch: what has been fetched keeps its order.
      ops.setPriority(first, 100);
      during((fd, own) => {
        if (fd === fourth) own.remove(third!);
      });
      assert.is(manager.run(), 2);
      assert.equal(taken(), [fourth, second]);
      assert.is(manager.run(), 1);
      assert.equal(taken(), [first]);
      assert.is(manager.run(), 2);
      assert.equal(taken(), [first, sixth]);
    });

    test('S48: modify, pause and resume keep the level, and remove ends it', (setting) => {
      const { manager, ops, fds, taken } = watching(setting, 2);
      const [low, high] = fds as [number, number];
      ops.setPriority(high, 5);
      ops.modify(new Events(high, IN, 7));
      ops.pause(high);
      ops.resume(high);
      manager.run();
      assert.equal(taken(), [high, low]);
      ops.setPriority(low, 6);
      manager.run();
      assert.equal(taken(), [low, high]);
      ops.remove(low);
      ops.add(new Events(low, IN));
      manager.run();
      assert.equal(taken(), [high, low]);
    });

    test('S48: a number that comes back begins at 0', (setting) => {
      const { manager, ops, fds, taken } = watching(setting, 2);
      const [first, second] = fds as [number, number];
      ops.setPriority(first, 5);
      setting.kernel.close(first);
      assert.is(setting.kernel.eventfd(1n), first);
      ops.add(new Events(first, IN));
      ops.setPriority(second, 1);
      manager.run();
      assert.equal(taken(), [second, first]);
    });

    test('S48: the builder takes it, and a shared or unknown fd has none', (setting) => {
      const { manager, kernel } = setting;
      const seen: string[] = [];
      const add = (name: string, level: number) =>
        interest()
          .read()
          .withFd(kernel.eventfd(1n))
          .withHandler(() => void seen.push(name))
          .withPriority(level)
          .registerInto(manager);
      add('low', -1);
      add('middle', 0);
      add('high', 127);
      assert.is(manager.run(), 3);
      assert.equal(seen, ['high', 'middle', 'low']);
      const shared = interest(OUT)
        .withShared(kernel.eventfd())
        .withHandler(() => {});
      const before = manager.metrics().subscribers;
      const refused = withCode('ERR_INVALID_INTEREST');
      assert.throws(() => shared.withPriority(1).registerInto(manager), refused);
      assert.is(manager.metrics().subscribers, before);
      const ops = manager.eventOps(manager.addSubscriber({ process() {} }));
      assert.throws(() => ops.setPriority(kernel.eventfd(), 1), withCode('ERR_NOT_REGISTERED'));
      for (const wrong of [128, -129, 1.5, Number.NaN]) {
        assert.throws(() => ops.setPriority(3, wrong), withCode('ERR_OUT_OF_RANGE'));
      }
    });
  },
  { shared: true },
);
