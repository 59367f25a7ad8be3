import * as assert from 'uvu/assert';
import { EventSet, Events, type SubscriberId } from 'wasm-event-manager';
import { everywhere, Recorder, withCode } from '../fixtures/configurations.js';

const { IN, EDGE_TRIGGERED, ONE_SHOT, EXCLUSIVE } = EventSet;

everywhere('identity and the registry', (test) => {
  test('S1: an event of an older generation is dropped, counted, and never thrown', (setting) => {
    const { kernel, manager } = setting;
    const bell = kernel.eventfd(1n);
    const ghost = kernel.dup(bell);
    const recorder = new Recorder(new Events(bell, IN));
    const id = manager.addSubscriber(recorder);
    kernel.close(bell);
    manager.eventOps(id).remove(bell);
    const other = kernel.eventfd(1n);
    manager.eventOps(id).add(new Events(other, IN, 2));
    assert.is(manager.run(), 1);
    assert.equal(
      recorder.seen.map(({ data }) => data),
      [2],
    );
    assert.is(manager.metrics().stale, 1);
    kernel.close(ghost);
  });

  test('S2: a second add of a fd is refused, whoever asks', ({ kernel, manager }) => {
    const bell = kernel.eventfd(1n);
    const id = manager.addSubscriber(new Recorder(new Events(bell, IN)));
    const other = manager.addSubscriber(new Recorder());
    for (const each of [id, other]) {
      assert.throws(
        () => manager.eventOps(each).add(new Events(bell, IN)),
        withCode('ERR_FD_ALREADY_REGISTERED'),
      );
    }
    assert.is(manager.run(), 1);
    assert.is(manager.metrics().registrations, 1);
  });

  test('S3: a number that the kernel accepts was dead: evicted, and its owner told', (setting) => {
    const { kernel, manager } = setting;
    const bell = kernel.eventfd();
    const first = new Recorder(new Events(bell, IN, 5));
    manager.addSubscriber(first);
    kernel.close(bell);
    assert.is(kernel.eventfd(1n), bell);
    const second = new Recorder(new Events(bell, IN, 6));
    const id = manager.addSubscriber(second);
    assert.equal(
      first.evictions.map(({ fd, data }) => [fd, data]),
      [[bell, 5]],
    );
    assert.is(manager.ownerOf(bell), id);
    assert.is(manager.run(), 1);
    assert.equal([first.seen.length, second.seen.length], [0, 1]);
    const { evicted, registrations } = manager.metrics();
    assert.equal([evicted, registrations], [1, 1]);
  });

  test('S3: a ghost that comes back under its own number is taken over', ({ kernel, manager }) => {
    const bell = kernel.eventfd(1n);
    const dup = kernel.dup(bell);
    const recorder = new Recorder(new Events(bell, IN, 1));
    const id = manager.addSubscriber(recorder);
    kernel.close(bell);
    manager.eventOps(id).remove(bell);
    assert.is(kernel.dup(dup), bell);
    manager.eventOps(id).add(new Events(bell, IN, 2));
    assert.is(manager.run(), 1);
    assert.is(recorder.seen[0]?.data, 2);
  });

  test('S4: removing a closed fd succeeds, and its number can be used at once', (setting) => {
    const { kernel, manager } = setting;
    const [bell, reused] = [kernel.eventfd(), kernel.eventfd()];
    const recorder = new Recorder(new Events(bell, IN), new Events(reused, IN));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    kernel.close(bell);
    ops.remove(bell);
    kernel.close(reused);
    assert.is(kernel.eventfd(1n), bell);
    assert.is(kernel.eventfd(1n), reused);
    ops.remove(reused);
    assert.is(manager.metrics().gone, 2);
    ops.addAll([new Events(bell, IN), new Events(reused, IN)]);
    assert.is(manager.run(), 2);
  });

  test('S4: a subscriber whose fds are closed can be removed', ({ kernel, manager }) => {
    const bell = kernel.eventfd();
    const recorder = new Recorder(new Events(bell, IN));
    const id = manager.addSubscriber(recorder);
    kernel.close(bell);
    assert.is(manager.removeSubscriber(id), recorder);
    assert.is(manager.metrics().registrations, 0);
  });

  test('S5: ghosts are got rid of, and every live registration is kept', (setting) => {
    const { kernel } = setting;
    const manager = setting.make({ staleRunMax: 3 });
    const outer = setting.make();
    const bells = Array.from({ length: 5 }, () => kernel.eventfd());
    const [level, edge, shot, paused, shared] = bells as [number, number, number, number, number];
    const recorder = new Recorder(
      new Events(level, IN, 1),
      new Events(edge, (IN | EDGE_TRIGGERED) >>> 0, 2),
      new Events(shot, IN | ONE_SHOT, 3),
      new Events(paused, IN, 4),
      new Events(shared, IN | EXCLUSIVE, 5),
    );
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    ops.pause(paused);
    kernel.ring(shot);
    assert.is(manager.run(), 1);
    const nested = new Recorder(new Events(manager, IN));
    outer.addSubscriber(nested);

    const haunted = kernel.eventfd(1n);
    const ghost = kernel.dup(haunted);
    ops.add(new Events(haunted, IN));
    kernel.close(haunted);
    ops.remove(haunted);
    for (let i = 0; i < 3; i += 1) assert.is(manager.run(), 0);
    const { stale, ghosts, rebuilds } = manager.metrics();
    assert.equal([stale, ghosts, rebuilds], [3, 1, 1]);
    assert.is(manager.runWithTimeout(0), 0, 'the ghost is gone');

    recorder.seen.length = 0;
    for (const bell of bells) kernel.ring(bell);
    assert.is(outer.runWithTimeout(0), 1, 'who nests the manager still hears of it');
    manager.runWithTimeout(0);
    assert.equal(recorder.seen.map(({ data }) => data).sort(), [1, 2, 5]);
    ops.resume(paused);
    ops.rearm(shot);
    recorder.seen.length = 0;
    manager.runWithTimeout(0);
    assert.equal(recorder.seen.map(({ data }) => data).sort(), [1, 3, 4, 5]);
    kernel.close(ghost);
  });

  test('S5: a registration whose number went to a stranger is not rebuilt', (setting) => {
    const { kernel } = setting;
    const manager = setting.make({ staleRunMax: 1 });
    const closed = kernel.eventfd();
    const recorder = new Recorder(new Events(closed, IN, 9));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    kernel.close(closed);
    assert.is(kernel.eventfd(1n), closed);
    const haunted = kernel.eventfd(1n);
    const ghost = kernel.dup(haunted);
    ops.add(new Events(haunted, IN));
    kernel.close(haunted);
    ops.remove(haunted);
    manager.run();
    assert.is(manager.metrics().rebuilds, 1);
    assert.equal(
      recorder.evictions.map(({ data }) => data),
      [9],
    );
    assert.is(manager.runWithTimeout(0), 0);
    kernel.close(ghost);
  });

  test('S6: a fd of another subscriber can be neither changed nor removed', (setting) => {
    const { kernel, manager } = setting;
    const [bell, own] = [kernel.eventfd(1n), kernel.eventfd()];
    manager.addSubscriber(new Recorder(new Events(bell, IN, 1)));
    const id = manager.addSubscriber(new Recorder(new Events(own, IN)));
    const ops = manager.eventOps(id);
    const attempts = [
      () => ops.modify(new Events(bell, 0)),
      () => ops.remove(bell),
      () => ops.addFlags(bell, EventSet.OUT),
      () => ops.removeFlags(bell, IN),
      () => ops.pause(bell),
      () => ops.resume(bell),
      () => ops.rearm(bell),
    ];
    for (const attempt of attempts) assert.throws(attempt, withCode('ERR_NOT_OWNER'));
    assert.is(ops.interest(bell), undefined);
    manager.removeSubscriber(id);
    assert.is(manager.metrics().registrations, 1, 'it took only its own with it');
    assert.is(manager.run(), 1);
  });

  test('S7: the id of a removed subscriber stays invalid for ever', ({ manager }) => {
    const ids = new Set<SubscriberId>();
    for (let i = 0; i < 100; i += 1) {
      const id = manager.addSubscriber(new Recorder());
      assert.ok(!ids.has(id));
      ids.add(id);
      manager.removeSubscriber(id);
    }
    manager.addSubscriber(new Recorder());
    for (const id of ids) {
      for (const call of [
        () => manager.subscriber(id as SubscriberId<Recorder>),
        () => manager.eventOps(id),
        () => manager.removeSubscriber(id as SubscriberId<Recorder>),
        () => manager.inject(id, new Events(0, IN)),
      ]) {
        assert.throws(call, withCode('ERR_INVALID_ID'));
      }
    }
  });

  test('S7: the handle of a removed subscriber is refused too', ({ kernel, manager }) => {
    const bell = kernel.eventfd();
    const id = manager.addSubscriber(new Recorder());
    const ops = manager.eventOps(id);
    manager.removeSubscriber(id);
    // It has the same slot, and a handle that looked no further would tell of its registration.
    manager.addSubscriber(new Recorder(new Events(bell, IN)));
    for (const call of [
      () => ops.add(new Events(bell, IN)),
      () => ops.modify(new Events(bell, IN)),
      () => ops.remove(bell),
      () => ops.interest(bell),
      () => ops.addFlags(bell, IN),
      () => ops.removeFlags(bell, IN),
      () => ops.pause(bell),
      () => ops.resume(bell),
      () => ops.rearm(bell),
      () => ops.removeAll(),
    ]) {
      assert.throws(call, withCode('ERR_INVALID_ID'));
    }
    assert.is(manager.metrics().registrations, 1);
  });

  test('F36: a subscriber is told, once, when it is one no more', (setting) => {
    const told: string[] = [];
    const reported: unknown[] = [];
    const manager = setting.make({
      onHandlerError: 'remove',
      onError: (error) => void reported.push((error as Error).message),
    });
    const bell = setting.kernel.eventfd(1n);
    const named = (name: string) => ({
      process: () => {
        throw new Error(`${name} failed`);
      },
      unsubscribed: () => {
        told.push(name);
        throw new Error(`${name} failed to go`);
      },
    });
    manager.removeSubscriber(manager.addSubscriber(named('removed')));
    const init = () => {
      throw new Error('no init');
    };
    assert.throws(() => manager.addSubscriber({ ...named('never in'), init }), /no init/);
    manager.eventOps(manager.addSubscriber(named('dropped'))).add(new Events(bell, IN));
    assert.is(manager.run(), 1);
    manager.addSubscriber(named('left'));
    manager.close();
    manager.close();
    assert.equal(told, ['removed', 'dropped', 'left']);
    assert.equal(reported, [
      'removed failed to go',
      'dropped failed to go',
      'dropped failed',
      'left failed to go',
    ]);
  });

  test('S8: an init that throws takes back all that it added', ({ kernel, manager }) => {
    const [one, two] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const failing = new Recorder(new Events(one, IN), new Events(two, IN), new Events(one, IN));
    assert.throws(() => manager.addSubscriber(failing), withCode('ERR_FD_ALREADY_REGISTERED'));
    const { registrations, subscribers } = manager.metrics();
    assert.equal([registrations, subscribers], [0, 0]);
    manager.addSubscriber(new Recorder(new Events(one, IN), new Events(two, IN)));
    assert.is(manager.run(), 2);
  });

  test('S46: an id means nothing to another manager', (setting) => {
    const [mine, yours] = [setting.make(), setting.make()];
    const ids = [1, 2, 3].map(() => mine.addSubscriber(new Recorder()));
    const others = [1, 2, 3].map(() => yours.addSubscriber(new Recorder()));
    assert.is(new Set([...ids, ...others]).size, 6);
    for (const id of ids) {
      assert.throws(() => yours.removeSubscriber(id), withCode('ERR_INVALID_ID'));
      assert.throws(() => yours.subscriber(id), withCode('ERR_INVALID_ID'));
      assert.throws(() => yours.eventOps(id), withCode('ERR_INVALID_ID'));
      assert.throws(() => yours.inject(id, new Events(0, IN)), withCode('ERR_INVALID_ID'));
    }
    assert.is(yours.metrics().subscribers, 3);
  });

  test('S44: addAll takes back all, and tells why, when a part of that fails', (setting) => {
    const { kernel, manager } = setting;
    const ops = manager.eventOps(manager.addSubscriber(new Recorder()));
    const fds = [kernel.eventfd(), kernel.eventfd(), kernel.eventfd()];
    function* closing() {
      for (const fd of fds) yield new Events(fd, IN);
      // One that is added is gone by the time it is to be taken back, and another removed.
      kernel.close(fds[0]!);
      ops.remove(fds[1]!);
      throw new Error('the list ends badly');
    }
    assert.throws(() => ops.addAll(closing()), /ends badly/);
    assert.is(manager.metrics().registrations, 0);
  });

  test('S44: removeAll removes all that is named, or nothing', ({ kernel, manager }) => {
    const [one, two, other] = [kernel.eventfd(), kernel.eventfd(), kernel.eventfd()];
    const ops = manager.eventOps(
      manager.addSubscriber(new Recorder(new Events(one, IN), new Events(two, IN))),
    );
    manager.addSubscriber(new Recorder(new Events(other, IN)));
    assert.throws(() => ops.removeAll([one, other]), withCode('ERR_NOT_OWNER'));
    assert.throws(() => ops.removeAll([one, two, -1]), withCode('ERR_OUT_OF_RANGE'));
    assert.is(manager.metrics().registrations, 3);
    ops.removeAll([one, two, one]);
    assert.is(manager.metrics().registrations, 1);
  });

  test('S8: addAll adds all, or none', ({ kernel, manager }) => {
    const bells = [kernel.eventfd(1n), kernel.eventfd(1n)] as const;
    const ops = manager.eventOps(manager.addSubscriber(new Recorder()));
    const file = kernel.regularFile();
    assert.throws(
      () => ops.addAll([...bells, file].map((fd) => new Events(fd, IN))),
      withCode('ERR_NOT_POLLABLE'),
    );
    assert.is(manager.metrics().registrations, 0);
    ops.addAll(bells.map((fd) => new Events(fd, IN)));
    assert.is(manager.run(), 2);
    ops.removeAll();
    assert.is(manager.metrics().registrations, 0);
  });
});
