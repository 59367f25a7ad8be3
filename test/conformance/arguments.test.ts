import * as assert from 'uvu/assert';
import { EventSet, Events, type FdSource } from 'wasm-event-manager';
import { everywhere, Recorder, withCode } from '../fixtures/configurations.js';

const { IN, OUT, PRIORITY, READ_HANG_UP, EDGE_TRIGGERED, ONE_SHOT, EXCLUSIVE } = EventSet;

everywhere('arguments', (test) => {
  test('S9: a fd is an integer from 0 to 2³¹−1, or wraps one', ({ manager }) => {
    const ops = manager.eventOps(manager.addSubscriber(new Recorder()));
    for (const fd of [-1, 1.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, { fd: -1 }]) {
      assert.throws(() => new Events(fd, IN), withCode('ERR_OUT_OF_RANGE'));
      assert.throws(() => ops.remove(fd), withCode('ERR_OUT_OF_RANGE'));
    }
    for (const fd of ['1', null, undefined, {}, 1n, { fd: '1' }]) {
      assert.throws(() => new Events(fd as FdSource, IN), withCode('ERR_INVALID_ARG_TYPE'));
      assert.throws(() => ops.pause(fd as FdSource), withCode('ERR_INVALID_ARG_TYPE'));
    }
    assert.is(new Events({ fd: 2 ** 31 - 1 }).fd, 2 ** 31 - 1);
  });

  test('S9: data is an integer from 0 to 2³²−1', ({ kernel, manager }) => {
    const bell = kernel.eventfd(1n);
    for (const data of [-1, 0.5, 2 ** 32, Number.NaN]) {
      assert.throws(() => new Events(bell, IN, data), withCode('ERR_OUT_OF_RANGE'));
    }
    assert.throws(() => new Events(bell, IN, '1' as never), withCode('ERR_INVALID_ARG_TYPE'));
    const recorder = new Recorder(new Events(bell, IN, 2 ** 32 - 1));
    manager.addSubscriber(recorder);
    manager.run();
    assert.is(recorder.seen[0]?.data, 2 ** 32 - 1);
  });

  test('S9: an event set has known bits only, and is unsigned', ({ kernel, manager }) => {
    const bell = kernel.eventfd(1n);
    for (const set of [0x20, 0x8000, -1, -(2 ** 31) - 1, 2 ** 32, 1.5, Number.NaN]) {
      assert.throws(() => new Events(bell, set), withCode('ERR_OUT_OF_RANGE'));
    }
    assert.throws(() => new Events(bell, 'IN' as never), withCode('ERR_INVALID_ARG_TYPE'));
    assert.is(EDGE_TRIGGERED, 0x80000000);
    const id = manager.addSubscriber(new Recorder(new Events(bell, IN | EDGE_TRIGGERED)));
    const ops = manager.eventOps(id);
    assert.is(ops.interest(bell), 0x80000001);
    ops.removeFlags(bell, ~IN & (IN | EDGE_TRIGGERED));
    assert.is(ops.interest(bell), IN);
    ops.addFlags(bell, EDGE_TRIGGERED | 0);
    assert.is(ops.interest(bell), 0x80000001);
    assert.is(manager.registrations(id)[0]?.interest, 0x80000001);
  });

  test('S9: no further argument of Events skips its checks', () => {
    for (const origin of [true, false, 1, Symbol('from the kernel')]) {
      const unchecked = Events as unknown as new (...args: unknown[]) => Events;
      assert.throws(
        () => new unchecked('no fd', 2 ** 40, -5, origin),
        withCode('ERR_INVALID_ARG_TYPE'),
      );
    }
  });

  test('S9: what is not an Events object is refused', ({ manager }) => {
    const id = manager.addSubscriber(new Recorder());
    for (const events of [{ fd: 1, eventSet: 1, data: 0 }, 1, null]) {
      const wrong = events as never;
      assert.throws(() => manager.eventOps(id).add(wrong), withCode('ERR_INVALID_ARG_TYPE'));
      assert.throws(() => manager.inject(id, wrong), withCode('ERR_INVALID_ARG_TYPE'));
    }
  });

  test('S10: EXCLUSIVE beside what it excludes never reaches the kernel', (setting) => {
    const { kernel, manager, simulated } = setting;
    const bell = kernel.eventfd();
    const ops = manager.eventOps(manager.addSubscriber(new Recorder()));
    if (simulated) simulated.syscalls.calls.length = 0;
    for (const flag of [ONE_SHOT, PRIORITY, READ_HANG_UP]) {
      const events = new Events(bell, IN | EXCLUSIVE | flag);
      assert.throws(() => ops.add(events), withCode('ERR_INVALID_INTEREST'));
    }
    if (simulated) assert.is(simulated.syscalls.calls.length, 0);
    ops.add(new Events(bell, IN | EXCLUSIVE));
    assert.throws(() => ops.addFlags(bell, ONE_SHOT), withCode('ERR_INVALID_INTEREST'));
    assert.is(ops.interest(bell), IN | EXCLUSIVE);
  });

  test('S10: an epoll instance is not watched with EXCLUSIVE', (setting) => {
    const { manager } = setting;
    const inner = setting.make();
    const ops = manager.eventOps(manager.addSubscriber(new Recorder()));
    assert.throws(
      () => ops.add(new Events(inner, IN | EXCLUSIVE)),
      withCode('ERR_INVALID_INTEREST'),
    );
    assert.is(manager.metrics().registrations, 0);
  });

  test('S10: an EXCLUSIVE registration can be modified, paused and resumed', (setting) => {
    const { kernel, manager } = setting;
    const bell = kernel.eventfd(1n);
    const recorder = new Recorder(new Events(bell, IN | EXCLUSIVE, 1));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    ops.modify(new Events(bell, (OUT | EXCLUSIVE) >>> 0, 2));
    assert.is(manager.run(), 1);
    assert.is(recorder.seen[0]?.eventSet, OUT);
    ops.pause(bell);
    assert.is(manager.runWithTimeout(0), 0);
    ops.modify(new Events(bell, IN, 3));
    assert.is(manager.runWithTimeout(0), 0, 'a paused registration stays paused');
    ops.resume(bell);
    assert.is(manager.run(), 1);
    assert.equal([recorder.seen[1]?.eventSet, recorder.seen[1]?.data], [IN, 3]);
    ops.modify(new Events(bell, IN | EXCLUSIVE));
    assert.is(manager.run(), 1);
  });

  test('S11: a regular file is refused with advice', ({ kernel, manager }) => {
    const file = kernel.regularFile();
    const id = manager.addSubscriber(new Recorder());
    assert.throws(
      () => manager.eventOps(id).add(new Events(file, IN)),
      (error: Error & { code: string; errno: number; fd: number; syscall: string }) =>
        error.code === 'ERR_NOT_POLLABLE' &&
        error.errno === -1 &&
        error.fd === file &&
        error.syscall === 'epoll_ctl' &&
        /inotify/.test(error.message),
    );
    assert.is(manager.metrics().registrations, 0);
  });

  test('F39: what else the kernel refuses carries its errno', (setting) => {
    const { manager } = setting;
    const ops = manager.eventOps(manager.addSubscriber(new Recorder()));
    assert.throws(
      () => ops.add(new Events(29_999, IN)),
      (error: { code: string; errno: number }) => error.code === 'EBADF' && error.errno === -9,
    );
    assert.throws(() => ops.add(new Events(manager, IN)), withCode('ERR_NESTING_TOO_DEEP'));
    let inner = setting.make();
    for (const outer of [setting.make(), setting.make()]) {
      try {
        outer.eventOps(outer.addSubscriber(new Recorder())).add(new Events(inner, IN));
        inner = outer;
      } catch (error) {
        assert.ok(withCode('ERR_NESTING_TOO_DEEP')(error));
        return;
      }
    }
    assert.throws(() => ops.add(new Events(inner, IN)), withCode('ERR_NESTING_TOO_DEEP'));
  });

  test('F23: addFlags and removeFlags make no system call when nothing changes', (setting) => {
    const { kernel, manager, simulated } = setting;
    const bell = kernel.eventfd();
    const ops = manager.eventOps(manager.addSubscriber(new Recorder(new Events(bell, IN, 4))));
    if (simulated) simulated.syscalls.calls.length = 0;
    ops.addFlags(bell, IN);
    ops.removeFlags(bell, OUT);
    if (simulated) assert.is(simulated.syscalls.calls.length, 0);
    ops.addFlags(bell, OUT);
    assert.is(ops.interest(bell), IN | OUT);
    ops.removeFlags(bell, IN);
    assert.is(ops.interest(bell), OUT);
    if (simulated) assert.is(simulated.syscalls.calls.length, 2);
    assert.throws(() => ops.addFlags(29_999, IN), withCode('ERR_NOT_REGISTERED'));
  });
});
