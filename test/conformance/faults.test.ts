import * as assert from 'uvu/assert';
import {
  EventManager,
  type EventManagerError,
  type EventManagerOptions,
  EventSet,
  Events,
  type SubscriberId,
} from 'wasm-event-manager';
import { everywhere, Recorder, type Setting, withCode } from '../fixtures/configurations.js';

const EDGE = (EventSet.IN | EventSet.EDGE_TRIGGERED) >>> 0;

/** Three edge-triggered bells, of which those named fail. */
function bells({ kernel }: Setting, manager: EventManager, failing: number[]) {
  return [0, 1, 2].map((i) => {
    const recorder = new Recorder(new Events(kernel.eventfd(1n), EDGE, i));
    recorder.react = () => {
      if (failing.includes(i)) throw new Error(`bell ${i}`);
    };
    return { recorder, id: manager.addSubscriber(recorder) as SubscriberId };
  });
}

const messages = (errors: unknown[]) => errors.map((error) => (error as Error).message).sort();

everywhere('faults', (test) => {
  test("S20: 'throw' finishes the batch, then rethrows the error itself", (setting) => {
    const { manager } = setting;
    const all = bells(setting, manager, [0]);
    assert.throws(
      () => manager.run(),
      (error: Error) => error.message === 'bell 0',
    );
    assert.equal(
      all.map(({ recorder }) => recorder.seen.length),
      [1, 1, 1],
    );
    assert.is(manager.runWithTimeout(0), 0, 'the loop goes on');
    assert.is(manager.metrics().handlerErrors, 1);
  });

  test("S20: 'throw' rethrows several as one AggregateError", (setting) => {
    const { manager } = setting;
    const all = bells(setting, manager, [0, 1, 2]);
    assert.throws(
      () => manager.run(),
      (error: AggregateError) =>
        error instanceof AggregateError && messages(error.errors).join() === 'bell 0,bell 1,bell 2',
    );
    assert.equal(
      all.map(({ recorder }) => recorder.seen.length),
      [1, 1, 1],
    );
  });

  test("S20: 'report' tells onError who it was, and goes on", (setting) => {
    const reports: [unknown, { id?: SubscriberId; fd?: number }][] = [];
    const onError: EventManagerOptions['onError'] = (error, about) =>
      void reports.push([error, about]);
    const manager = setting.make({ onHandlerError: 'report', onError });
    const all = bells(setting, manager, [1]);
    assert.is(manager.run(), 3);
    const failed = all[1]!;
    assert.equal(messages(reports.map(([error]) => error)), ['bell 1']);
    assert.equal(reports[0]?.[1], { id: failed.id, fd: failed.recorder.fds[0] });
    assert.is(manager.metrics({ perSubscriber: true }).perSubscriber.get(failed.id)?.errors, 1);
  });

  test("S20: 'remove' removes the subscriber, then reports", (setting) => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const manager = setting.make({ onHandlerError: 'remove', onError });
    const [, failed] = bells(setting, manager, [1]);
    assert.is(manager.run(), 3);
    assert.equal(messages(errors), ['bell 1']);
    assert.throws(() => manager.subscriber(failed!.id as never), withCode('ERR_INVALID_ID'));
    assert.is(manager.metrics().subscribers, 2);
  });

  test("S20: 'remove' is content with a subscriber that has removed itself", (setting) => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const manager = setting.make({ onHandlerError: 'remove', onError });
    const [one] = bells(setting, manager, []);
    one!.recorder.react = () => {
      manager.removeSubscriber(one!.id as never);
      throw new Error('gone');
    };
    assert.is(manager.run(), 3);
    assert.equal(messages(errors), ['gone']);
  });

  test("S20: 'stop' reports and ends runForever", (setting) => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const manager = setting.make({ onHandlerError: 'stop', onError });
    const all = bells(setting, manager, [2]);
    manager.runForever();
    assert.equal(messages(errors), ['bell 2']);
    assert.equal(
      all.map(({ recorder }) => recorder.seen.length),
      [1, 1, 1],
    );
  });

  test('S20: an onError that throws does not keep the others from being told', (setting) => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => {
      errors.push(error);
      throw new Error('onError itself');
    };
    const manager = setting.make({ onHandlerError: 'report', onError });
    bells(setting, manager, [0, 1]);
    assert.throws(
      () => manager.run(),
      (error: Error) => error instanceof AggregateError,
    );
    assert.equal(messages(errors), ['bell 0', 'bell 1']);
    assert.is(manager.runWithTimeout(0), 0);
  });

  test('S20: a rejected promise is treated alike', async (setting) => {
    const reports: unknown[] = [];
    const onError = (error: unknown) => void reports.push(error);
    const manager = setting.make({ onHandlerError: 'report', onError });
    const bell = setting.kernel.eventfd(1n);
    const id = manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, EDGE)),
      process: async () => {
        await undefined;
        throw new Error('later');
      },
    });
    assert.is(manager.run(), 1);
    await new Promise((done) => setImmediate(done));
    assert.equal(messages(reports), ['later']);
    assert.is(manager.metrics({ perSubscriber: true }).perSubscriber.get(id)?.errors, 1);
  });

  test('S20: what is thrown need not be an error', (setting) => {
    const { kernel, manager } = setting;
    manager.addSubscriber({
      init: (ops) => ops.add(new Events(kernel.eventfd(1n), EDGE)),
      process: () => {
        throw undefined;
      },
    });
    let thrown = 'nothing';
    try {
      manager.run();
    } catch (error) {
      thrown = String(error);
    }
    assert.is(thrown, 'undefined');
  });

  test('a hook that throws when told of an eviction is a fault like any other', (setting) => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const manager = setting.make({ onHandlerError: 'report', onError });
    const bell = setting.kernel.eventfd();
    manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, EDGE)),
      process: () => {},
      evicted: () => {
        throw new Error('told');
      },
    });
    setting.kernel.close(bell);
    assert.is(setting.kernel.eventfd(1n), bell);
    manager.addSubscriber(new Recorder(new Events(bell, EDGE)));
    assert.is(manager.run(), 1);
    assert.equal(messages(errors), ['told']);
  });

  test('an unknown policy is refused', () => {
    const onHandlerError = 'ignore' as never;
    assert.throws(() => new EventManager({ onHandlerError }), withCode('ERR_OUT_OF_RANGE'));
  });

  test('a system call that throws leaves the tables as they were', ({ manager, simulated }) => {
    // The real kernel's calls don't throw; those of another host may.
    if (!simulated) return assert.ok(manager);
    const { syscalls } = simulated;
    const bell = simulated.eventfd(1n);
    const ops = manager.eventOps(manager.addSubscriber(new Recorder()));
    const broken = new Error('broken host');
    syscalls.fail('ctl', broken);
    assert.throws(
      () => ops.add(new Events(bell, EDGE)),
      (error: Error) => error === broken,
    );
    assert.is(manager.metrics().registrations, 0);
    ops.add(new Events(bell, EDGE));
    syscalls.fail('wait', broken);
    assert.throws(
      () => manager.run(),
      (error: Error) => error === broken,
    );
    assert.is(manager.run(), 1);
  });

  test('a system call that fails changes nothing', ({ manager, simulated }) => {
    // The real kernel does not run out of memory on demand.
    if (!simulated) return assert.ok(manager);
    const { syscalls } = simulated;
    const bell = simulated.eventfd(1n);
    const recorder = new Recorder();
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    syscalls.fail('ctl', 28);
    assert.throws(() => ops.add(new Events(bell, EDGE)), withCode('ENOSPC'));
    assert.is(ops.interest(bell), undefined);
    ops.add(new Events(bell, EDGE, 1));
    syscalls.fail('ctl', 12);
    assert.throws(() => ops.modify(new Events(bell, 0, 2)), withCode('ENOMEM'));
    assert.is(ops.interest(bell), EDGE);
    assert.is(manager.run(), 1);
    // An EXCLUSIVE registration whose ADD fails behind its DEL gets its old interest back.
    ops.modify(new Events(bell, EventSet.IN | EventSet.EXCLUSIVE, 1));
    syscalls.fail('ctl', 12, { operation: 1 });
    assert.throws(() => ops.modify(new Events(bell, EventSet.OUT, 2)), withCode('ENOMEM'));
    assert.is(manager.run(), 1);
    // And when even that fails, it has ended, and its owner is told.
    syscalls.fail('ctl', 12, { operation: 1, times: 2 });
    assert.throws(() => ops.modify(new Events(bell, EventSet.OUT, 2)), withCode('ENOMEM'));
    assert.is(manager.runWithTimeout(0), 0);
    assert.equal([ops.interest(bell), recorder.evictions.map(({ fd }) => fd)], [undefined, [bell]]);
    ops.add(new Events(bell, EventSet.IN));
    assert.is(manager.run(), 1);
  });

  test('S5: a rebuild that fails is reported, and tried again', (setting) => {
    const { simulated } = setting;
    if (!simulated) return assert.ok(setting.manager);
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const manager = setting.make({ staleRunMax: 2, onError });
    const bell = simulated.eventfd(1n);
    const ghost = simulated.dup(bell);
    const ops = manager.eventOps(
      manager.addSubscriber(new Recorder(new Events(bell, EventSet.IN))),
    );
    simulated.close(bell);
    ops.remove(bell);
    const live = simulated.eventfd();
    ops.add(new Events(live, EventSet.IN));
    simulated.syscalls.fail('create', 24);
    for (let i = 0; i < 2; i += 1) manager.run();
    assert.equal([manager.metrics().rebuilds, errors.length], [0, 1]);
    for (let i = 0; i < 2; i += 1) manager.run();
    assert.is(manager.metrics().rebuilds, 1);
    simulated.ring(live);
    assert.is(manager.run(), 1);
    simulated.close(ghost);
  });

  test('S53: a run of rebuilds that fail is told of once, and counted at its end', (setting) => {
    const { simulated } = setting;
    if (!simulated) return assert.ok(setting.manager);
    const errors: EventManagerError[] = [];
    const onError = (error: unknown) => void errors.push(error as EventManagerError);
    const manager = setting.make({ staleRunMax: 1, onError });
    const bell = simulated.eventfd(1n);
    const ghost = simulated.dup(bell);
    const id = manager.addSubscriber(new Recorder(new Events(bell, EventSet.IN)));
    simulated.close(bell);
    manager.removeSubscriber(id);
    simulated.syscalls.fail('create', 24, { times: 50 });
    for (let i = 0; i < 50; i += 1) manager.runWithTimeout(0);
    simulated.syscalls.fail('create', 12, { times: 3 });
    for (let i = 0; i < 4; i += 1) manager.runWithTimeout(0);
    const told = errors.map(({ code, errno }) => errno ?? code);
    assert.equal(told, [-24, -12, 'ERR_REBUILD_FAILED']);
    assert.match(errors[2]!.message, /after 53 attempts that failed \(epoll_create1 ENOMEM\)/);
    simulated.close(ghost);
  });

  test('S5: a rebuild that fails half way leaves the old instance in use', (setting) => {
    const { simulated } = setting;
    if (!simulated) return assert.ok(setting.manager);
    const manager = setting.make({ staleRunMax: 1, onError: () => {} });
    assert.ok(manager.fd > 0);
    const [live, haunted] = [simulated.eventfd(), simulated.eventfd(1n)];
    const ghost = simulated.dup(haunted);
    const recorder = new Recorder(...[live, haunted].map((fd) => new Events(fd, EventSet.IN)));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    simulated.close(haunted);
    ops.remove(haunted);
    // The first ADD is of the new instance into the one around it, the second of the live fd.
    for (const after of [0, 1]) {
      const open = simulated.syscalls.openFds().length;
      simulated.syscalls.fail('ctl', 28, { operation: 1, after });
      assert.is(manager.run(), 0);
      assert.is(manager.metrics().rebuilds, 0);
      assert.is(simulated.syscalls.openFds().length, open);
    }
    assert.is(manager.run(), 0);
    assert.is(manager.metrics().rebuilds, 1);
    simulated.ring(live);
    assert.is(manager.run(), 1);
    simulated.close(ghost);
  });
});
