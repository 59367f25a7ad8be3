import * as assert from 'uvu/assert';
import { EventSet, Events, MAX_READY_EVENTS, type SubscriberId } from 'wasm-event-manager';
import { everywhere, Recorder, withCode } from '../fixtures/configurations.js';

// What the tests of rust-vmm's event-manager assert, by meaning. Its `test_endpoint` needs remote
// calls, and stands with them.

const { IN, OUT, EMPTY, READ_HANG_UP } = EventSet;

everywhere('as in event-manager', (test) => {
  test('register: a handler adds a second fd, which fires from then on', (setting) => {
    const { kernel, manager } = setting;
    const [first, second] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(new Events(first, IN));
    recorder.react = ({ fd }, ops) => {
      if (fd === first && ops.interest(second) === undefined) ops.add(new Events(second, IN));
    };
    manager.addSubscriber(recorder);
    manager.run();
    assert.equal(recorder.fds, [first]);
    manager.run();
    assert.equal(recorder.fds.slice(1).sort(), [first, second].sort());
  });

  test('unregister: a fd removed by its handler fires no more', ({ kernel, manager }) => {
    const [first, second] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(new Events(first, IN), new Events(second, IN));
    recorder.react = ({ fd }, ops) => {
      if (fd === first) ops.remove(first);
    };
    manager.addSubscriber(recorder);
    assert.equal([manager.run(), manager.run()], [2, 1]);
    assert.is(recorder.fds.filter((fd) => fd === first).length, 1);
  });

  test('modify: a fd watched for IN is then watched for OUT', ({ kernel, manager }) => {
    const bell = kernel.eventfd(1n);
    const recorder = new Recorder(new Events(bell, IN));
    recorder.react = ({ readable }, ops) => {
      if (readable) ops.modify(new Events(bell, OUT));
    };
    manager.addSubscriber(recorder);
    manager.run();
    manager.run();
    assert.equal(
      recorder.seen.map(({ eventSet }) => eventSet),
      [IN, OUT],
    );
  });

  test('add invalid subscriber: the same twice, or one with the same fd, is refused', (setting) => {
    const { kernel, manager } = setting;
    const bell = kernel.eventfd(1n);
    const recorder = new Recorder(new Events(bell, IN));
    const id = manager.addSubscriber(recorder);
    const again = () => manager.addSubscriber(recorder);
    assert.throws(again, withCode('ERR_SUBSCRIBER_ALREADY_ADDED'));
    const another = () => manager.addSubscriber(new Recorder(new Events(bell, IN)));
    assert.throws(another, withCode('ERR_FD_ALREADY_REGISTERED'));
    assert.equal([...manager.subscribers()], [[id, recorder]]);
    assert.is(manager.run(), 1);
  });

  test('invalid id: what is no id of this manager is refused', ({ manager }) => {
    for (const id of [1, 0, -1, 1.5, Number.NaN, 2 ** 53, '1', null]) {
      assert.throws(() => manager.eventOps(id as SubscriberId), withCode('ERR_INVALID_ID'));
    }
  });

  test('remove subscriber: all of its registrations go with it', ({ kernel, manager }) => {
    const bells = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(...bells.map((bell) => new Events(bell, IN)));
    const id = manager.addSubscriber(recorder);
    manager.run();
    assert.is(manager.removeSubscriber(id), recorder);
    assert.is(manager.runWithTimeout(0), 0);
    assert.throws(() => manager.removeSubscriber(id), withCode('ERR_INVALID_ID'));
  });

  test('events: empty, without data, and with data', ({ kernel }) => {
    const bell = kernel.eventfd();
    const parts = ({ fd, eventSet, data }: Events) => [fd, eventSet, data];
    assert.equal(parts(new Events(bell)), [bell, EMPTY, 0]);
    assert.equal(parts(new Events({ fd: bell }, IN)), [bell, IN, 0]);
    assert.equal(parts(new Events(bell, OUT, 42)), [bell, OUT, 42]);
    assert.ok(new Events(bell, OUT, 42).equals(new Events(bell, OUT, 42)));
    assert.not.ok(new Events(bell, OUT, 42).equals(new Events(bell, OUT, 43)));
  });

  test('single threaded: a hundred subscribers, each told of its own', ({ kernel, manager }) => {
    const recorders = Array.from({ length: 100 }, () => {
      const recorder = new Recorder(new Events(kernel.eventfd(1n), IN));
      manager.addSubscriber(recorder);
      return recorder;
    });
    assert.is(manager.run(), 100);
    assert.ok(recorders.every(({ seen }) => seen.length === 1));
  });

  test('reuse of a file descriptor: removed and added anew in mid-batch, one counts', (setting) => {
    const { kernel, manager } = setting;
    const bells = [kernel.eventfd(1n), kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(...bells.map((bell, i) => new Events(bell, IN, i)));
    recorder.react = (_events, ops) => {
      ops.removeAll(bells);
      ops.addAll(bells.map((bell, i) => new Events(bell, IN, i)));
    };
    manager.addSubscriber(recorder);
    assert.is(manager.run(), 1);
    assert.is(recorder.seen.length, 1);
  });

  test('errors in a subscriber: a hang-up comes again until it is unregistered', (setting) => {
    const { kernel, manager } = setting;
    const [one, peer] = kernel.socketpair();
    const ignoring = new Recorder(new Events(one, READ_HANG_UP));
    manager.addSubscriber(ignoring);
    kernel.close(peer);
    for (let i = 0; i < 3; i += 1) manager.runWithTimeout(100);
    assert.is(ignoring.seen.filter(({ readHangUp }) => readHangUp).length, 3);
    const [other, its] = kernel.socketpair();
    const leaving = new Recorder(new Events(other, READ_HANG_UP));
    leaving.react = ({ fd }, ops) => ops.remove(fd);
    manager.addSubscriber(leaving);
    kernel.close(its);
    assert.equal([manager.runWithTimeout(100), manager.runWithTimeout(100)], [2, 1]);
  });

  test('max ready list size: the kernel’s own limit is the most', (setting) => {
    const { eventSize } = setting.kernel.syscalls;
    const most = Math.min(MAX_READY_EVENTS, Math.floor((2 ** 31 - 1) / eventSize));
    setting.make({ capacity: most });
    for (const capacity of [most + 1, Number.MAX_SAFE_INTEGER]) {
      assert.throws(() => setting.make({ capacity }), withCode('ERR_INVALID_CAPACITY'));
    }
  });

  test('subscribers of one type, of several, and with inner state', ({ kernel, manager }) => {
    const seen: string[] = [];
    const kinds = {
      literal: { process: () => void seen.push('literal') },
      instance: new (class {
        calls = 0;
        process() {
          this.calls += 1;
          seen.push(`instance ${this.calls}`);
        }
      })(),
    };
    for (const kind of Object.values(kinds)) {
      const id = manager.addSubscriber(kind);
      manager.eventOps(id).add(new Events(kernel.eventfd(1n), IN));
      assert.is(manager.subscriber(id), kind);
    }
    manager.run();
    manager.run();
    assert.equal(seen.sort(), ['instance 1', 'instance 2', 'literal', 'literal']);
  });
});
