import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { type EventManager, EventSet, Events, MAX_READY_EVENTS } from 'wasm-event-manager';
import { everywhere, Recorder, withCode } from '../fixtures/configurations.js';

const { IN } = EventSet;

everywhere('waiting', (test) => {
  test('S21: a signal ends a run with 0, so that listeners get their turn', async (setting) => {
    const { manager, simulated } = setting;
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    process.on('SIGUSR2', listener);
    try {
      if (simulated) {
        simulated.syscalls.interrupt();
        assert.is(manager.run(), 0);
        assert.is(manager.metrics().interrupted, 1);
        return;
      }
      const kill = spawn('sh', ['-c', `sleep 0.1; kill -USR2 ${process.pid}`]);
      assert.is(manager.runWithTimeout(5_000), 0);
      assert.is(manager.metrics().interrupted, 1);
      assert.is(heard, 0, 'not before run has returned');
      await once(kill, 'exit');
      // Whether the loop sees the signal or the exit first is left to it.
      for (let i = 0; i < 100 && heard === 0; i += 1) await setTimeout(10);
      assert.is(heard, 1);
    } finally {
      process.off('SIGUSR2', listener);
    }
  });

  test('S21: with retryOnInterrupt it waits for what is left of the deadline', (setting) => {
    const { kernel, simulated } = setting;
    const manager = setting.make({ retryOnInterrupt: true });
    // Each wait is interrupted by the clock: on the real kernel nobody sends signals here, and
    // what is held is that the deadline is kept.
    if (simulated) {
      for (let i = 1; i <= 3; i += 1) {
        simulated.syscalls.schedule(i * 10e6, () => simulated.syscalls.interrupt());
      }
    }
    const began = kernel.syscalls.clock();
    assert.is(manager.runWithTimeout(50), 0);
    const elapsedMs = (kernel.syscalls.clock() - began) / 1e6;
    assert.ok(elapsedMs >= 50, `${elapsedMs} ms`);
    if (!simulated) return;
    assert.is(elapsedMs, 50);
    assert.is(manager.metrics().interrupted, 3);
  });

  test('S22: 0 polls, and a negative timeout or NaN is refused', ({ kernel, manager }) => {
    const began = kernel.syscalls.clock();
    assert.is(manager.runWithTimeout(0), 0);
    assert.ok(kernel.syscalls.clock() - began < 50e6);
    for (const timeout of [-1, -0.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => manager.runWithTimeout(timeout), RangeError as never);
      assert.throws(() => manager.runWithTimeout(timeout), withCode('ERR_OUT_OF_RANGE'));
    }
    assert.throws(() => manager.runWithTimeout('1' as never), withCode('ERR_INVALID_ARG_TYPE'));
  });

  test('S22: undefined and Infinity wait for ever', ({ kernel, manager }) => {
    const timer = () => kernel.timerfd(5e6);
    for (const timeout of [undefined, Number.POSITIVE_INFINITY]) {
      const fd = timer();
      const id = manager.addSubscriber(new Recorder(new Events(fd, IN)));
      assert.is(manager.runWithTimeout(timeout), 1);
      manager.removeSubscriber(id);
    }
  });

  test('S22: fractions of a millisecond are honoured', ({ kernel, manager }) => {
    // A busy machine may oversleep any one of them; rounded up, none would take less than 1 ms.
    let shortest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 200 && shortest >= 1; i += 1) {
      const began = kernel.syscalls.clock();
      manager.runWithTimeout(0.25);
      shortest = Math.min(shortest, (kernel.syscalls.clock() - began) / 1e6);
    }
    assert.ok(shortest >= 0.25, `${shortest} ms`);
    assert.ok(shortest < 1, `${shortest} ms`);
  });

  test('S22: more than 2³¹−1 ms is waited for in pieces', (setting) => {
    const { kernel, manager, simulated } = setting;
    if (!simulated) {
      // 25 days on a real clock: that the call is accepted, and ends with an event.
      manager.addSubscriber(new Recorder(new Events(kernel.timerfd(2e6), IN)));
      assert.is(manager.runWithTimeout(2 ** 32), 1);
      return;
    }
    assert.is(manager.runWithTimeout(2 ** 32), 0);
    assert.is(kernel.syscalls.clock(), 2 ** 32 * 1e6);
    assert.is(manager.metrics().waits, 3);
  });

  test('S23: capacity is an integer from 1 to MAX_READY_EVENTS', (setting) => {
    for (const capacity of [0, -1, 1.5, Number.NaN, MAX_READY_EVENTS + 1, '256']) {
      const options = { capacity: capacity as never };
      assert.throws(() => setting.make(options), withCode('ERR_INVALID_CAPACITY'));
    }
    assert.is(setting.make({ capacity: 1 }).metrics().capacity, 1);
  });

  test('S23: a fixed capacity is what one wait brings at the most', (setting) => {
    const { kernel } = setting;
    const manager = setting.make({ capacity: 4 });
    const recorder = new Recorder();
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    for (let i = 0; i < 10; i += 1) ops.add(new Events(kernel.eventfd(1n), IN, i));
    assert.equal([manager.run(), manager.run(), manager.run()], [4, 4, 4]);
    assert.is(manager.metrics().capacity, 4);
    const digits = recorder.seen.map(({ data }) => data).join('');
    assert.is(digits, '012345678901');
  });

  test('S23: the largest capacity is accepted, and memory committed as it is used', (setting) => {
    const most = Math.min(
      MAX_READY_EVENTS,
      Math.floor((2 ** 31 - 1) / setting.kernel.syscalls.eventSize),
    );
    const manager = setting.make({ capacity: most });
    assert.ok(manager.metrics().memoryBytes < 2 ** 21);
    const bell = setting.kernel.eventfd(1n);
    manager.addSubscriber(new Recorder(new Events(bell, IN)));
    assert.is(manager.run(), 1);
  });

  test("S23: 'auto' doubles when a batch comes back full", ({ kernel, manager }) => {
    const recorder = new Recorder();
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    for (let i = 0; i < 600; i += 1) ops.add(new Events(kernel.eventfd(1n), IN, i));
    assert.is(manager.metrics().capacity, 256);
    assert.equal([manager.run(), manager.run(), manager.run()], [256, 512, 600]);
    assert.is(manager.metrics().capacity, 1024);
    assert.equal(new Set(recorder.seen.slice(768).map(({ data }) => data)).size, 600);
  });

  test('F7: runForever ends by stop, by a signal, and by close', (setting) => {
    const { kernel } = setting;
    const ends: ((manager: EventManager, controller: AbortController) => void)[] = [
      (manager) => manager.stop(),
      (_, controller) => controller.abort(),
      (manager) => manager.close(),
    ];
    for (const end of ends) {
      const controller = new AbortController();
      const manager = setting.make();
      const recorder = new Recorder(new Events(kernel.eventfd(1n), IN));
      recorder.react = () => {
        if (recorder.seen.length === 3) end(manager, controller);
      };
      manager.addSubscriber(recorder);
      manager.runForever({ signal: controller.signal });
      assert.is(recorder.seen.length, 3);
    }
    setting.make().runForever({ signal: AbortSignal.abort() });
  });

  test('F12: the fd of a manager tells another that it has something', (setting) => {
    const { kernel, manager } = setting;
    const outer = setting.make();
    const inner = new Recorder(new Events(kernel.eventfd(1n), IN));
    manager.addSubscriber(inner);
    const nested = new Recorder(new Events(manager, IN));
    nested.react = () => void manager.runWithTimeout(0);
    outer.addSubscriber(nested);
    assert.is(outer.run(), 1);
    assert.is(inner.seen.length, 1);
  });
});
