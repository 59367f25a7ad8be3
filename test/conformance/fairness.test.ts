import * as assert from 'uvu/assert';
import { EventSet, Events } from 'wasm-event-manager';
import { everywhere, Recorder, withCode } from '../fixtures/configurations.js';

const { IN, EDGE_TRIGGERED } = EventSet;
const EDGE = (IN | EDGE_TRIGGERED) >>> 0;

everywhere('fairness and closing', (test) => {
  test('S24: what is over the budget comes first in the next turn', (setting) => {
    const { kernel } = setting;
    const manager = setting.make({ budget: { events: 4 } });
    const recorder = new Recorder();
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    for (let i = 0; i < 10; i += 1) ops.add(new Events(kernel.eventfd(1n), EDGE, i));
    assert.equal([manager.run(), manager.run(), manager.run()], [4, 4, 2]);
    assert.is(recorder.seen.map(({ data }) => data).join(''), '0123456789');
    assert.is(manager.runWithTimeout(0), 0);
    assert.is(manager.metrics().waits, 2);
  });

  test('S24: a busy fd does not starve the rest', (setting) => {
    const { kernel } = setting;
    const manager = setting.make({ budget: { events: 1 } });
    const [busy, rare] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(new Events(busy, IN, 1), new Events(rare, IN, 2));
    manager.addSubscriber(recorder);
    for (let i = 0; i < 6; i += 1) assert.is(manager.run(), 1);
    assert.is(recorder.seen.map(({ data }) => data).join(''), '121212');
  });

  test('S24: what is removed between two turns of one batch is dropped', (setting) => {
    const { kernel } = setting;
    const manager = setting.make({ budget: { events: 1 } });
    const fds = [kernel.eventfd(1n), kernel.eventfd(1n), kernel.eventfd(1n)] as const;
    const recorder = new Recorder(...fds.map((fd, i) => new Events(fd, EDGE, i)));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    manager.run();
    ops.remove(fds[1]);
    assert.is(manager.run(), 1);
    assert.equal(recorder.fds, [fds[0], fds[2]]);
  });

  test('S24: a budget of time ends the turn, after one event at least', (setting) => {
    const { kernel, simulated } = setting;
    const manager = setting.make({ budget: { nanoseconds: 2e6 } });
    const recorder = new Recorder(...[0, 1, 2].map((i) => new Events(kernel.eventfd(1n), EDGE, i)));
    recorder.react = () => {
      if (simulated) simulated.syscalls.advance(3e6);
      else for (const end = performance.now() + 3; performance.now() < end; );
    };
    manager.addSubscriber(recorder);
    assert.equal([manager.run(), manager.run(), manager.run()], [1, 1, 1]);
  });

  test('S24: a budget holds for injected events, in order, and starves nobody', (setting) => {
    // The clock of the simulated kernel stands still.
    const budgets = setting.simulated ? [{ events: 2 }] : [{ events: 2 }, { nanoseconds: 1 }];
    for (const budget of budgets) {
      const manager = setting.make({ budget });
      const bell = setting.kernel.eventfd(1n);
      const seen: number[] = [];
      let rings = 0;
      const id = manager.addSubscriber({
        init: (ops) => ops.add(new Events(bell, IN)),
        process: (events) => {
          if (events.injected) seen.push(events.data);
          else rings += 1;
        },
      });
      for (let data = 0; data < 9; data += 1) manager.inject(id, new Events(bell, IN, data));
      let turns = 0;
      while (seen.length < 9) {
        const calls = manager.runWithTimeout(0);
        turns += 1;
        assert.ok(calls > 1 && calls <= 3, `${calls} calls`);
        assert.is(rings, turns);
      }
      assert.equal(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
      assert.ok(turns >= 5);
    }
  });

  test('S24: a budget that is none is refused', (setting) => {
    for (const events of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => setting.make({ budget: { events } }), withCode('ERR_OUT_OF_RANGE'));
    }
    const wrong = { budget: { nanoseconds: 0 } };
    assert.throws(() => setting.make(wrong), withCode('ERR_OUT_OF_RANGE'));
  });

  test('S25: a hang-up that is ignored is reported once', (setting) => {
    const errors: { code: string; fd?: number }[] = [];
    const onError = (error: unknown) => void errors.push(error as { code: string });
    const manager = setting.make({ onError });
    const [reader, writer] = setting.kernel.pipe();
    manager.addSubscriber(new Recorder(new Events(reader, IN)));
    setting.kernel.close(writer);
    for (let i = 0; i < 3_000; i += 1) manager.run();
    assert.equal(
      errors.map(({ code, fd }) => [code, fd]),
      [['ERR_HANG_UP_STORM', reader]],
    );
    assert.is(manager.metrics().hangUpStorms, 1);
  });

  test('S25: hang-ups now and then are no storm', (setting) => {
    const errors: unknown[] = [];
    const manager = setting.make({ onError: (error) => void errors.push(error) });
    const [reader, writer] = setting.kernel.pipe();
    const ops = manager.eventOps(manager.addSubscriber(new Recorder(new Events(reader, IN))));
    setting.kernel.close(writer);
    for (let i = 0; i < 1_500; i += 1) {
      manager.runWithTimeout(0);
      ops.pause(reader);
      manager.runWithTimeout(0);
      manager.runWithTimeout(0);
      ops.resume(reader);
    }
    assert.equal(errors, []);
  });

  test('S25: a reader that makes progress is no storm', (setting) => {
    const errors: unknown[] = [];
    const { kernel } = setting;
    const manager = setting.make({ onError: (error) => void errors.push(error) });
    const [reader, writer] = kernel.pipe();
    kernel.write(writer, new Uint8Array(25_000));
    kernel.close(writer);
    let bytes = 0;
    const recorder = new Recorder(new Events(reader, IN));
    recorder.react = (_events, ops) => {
      const read = kernel.read(reader, 10);
      if (typeof read === 'number' || read.length === 0) ops.remove(reader);
      else bytes += read.length;
    };
    manager.addSubscriber(recorder);
    while (manager.runWithTimeout(0) > 0);
    assert.is(bytes, 25_000);
    assert.equal(errors, []);
  });

  test('S25: a reader that stops half way is told of, once', (setting) => {
    const errors: { code: string }[] = [];
    const { kernel } = setting;
    const manager = setting.make({ onError: (error) => void errors.push(error as never) });
    const [reader, writer] = kernel.pipe();
    kernel.write(writer, new Uint8Array(25_000));
    kernel.close(writer);
    let turns = 0;
    const recorder = new Recorder(new Events(reader, IN));
    recorder.react = () => {
      turns += 1;
      if (turns < 1_500) kernel.read(reader, 10);
    };
    manager.addSubscriber(recorder);
    for (let i = 0; i < 6_000; i += 1) manager.runWithTimeout(0);
    assert.equal(
      errors.map(({ code }) => code),
      ['ERR_HANG_UP_STORM'],
    );
  });

  test('S25: errors that the handler takes, one after the other, are no storm', (setting) => {
    const errors: unknown[] = [];
    const { kernel } = setting;
    const manager = setting.make({ onError: (error) => void errors.push(error) });
    // As of a device whose every event carries ERROR: a hang-up that is over when it was handled.
    const recorder = new Recorder();
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    let [reader, writer] = kernel.pipe();
    recorder.react = () => {
      ops.remove(reader);
      kernel.close(reader);
      [reader, writer] = kernel.pipe();
      ops.add(new Events(reader, IN));
    };
    ops.add(new Events(reader, IN));
    for (let i = 0; i < 2_500; i += 1) {
      kernel.close(writer);
      assert.is(manager.runWithTimeout(0), 1);
    }
    assert.equal(errors, []);
  });

  test('S26: close is idempotent, and everything afterwards says ERR_CLOSED', (setting) => {
    const { kernel, simulated } = setting;
    const manager = setting.make();
    const bell = kernel.eventfd(1n);
    const id = manager.addSubscriber(new Recorder(new Events(bell, IN)));
    const ops = manager.eventOps(id);
    assert.ok(manager.fd >= 0);
    manager.close();
    manager.close();
    manager[Symbol.dispose]();
    const calls = [
      () => manager.run(),
      () => manager.runWithTimeout(0),
      () => manager.runForever(),
      () => manager.addSubscriber(new Recorder()),
      () => manager.removeSubscriber(id),
      () => manager.subscriber(id),
      () => manager.eventOps(id),
      () => manager.inject(id, new Events(bell, IN)),
      () => [...manager.subscribers()],
      () => manager.metrics(),
      () => manager.registrations(id),
      () => manager.ownerOf(bell),
      () => manager.fd,
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
      () => manager.expose({ nothing: () => {} }),
      () => manager.remoteEndpoint(),
    ];
    for (const call of calls) assert.throws(call, withCode('ERR_CLOSED'));
    assert.is(kernel.ring(bell), 0, "the user's fd is still open");
    if (simulated) assert.equal(simulated.syscalls.openFds(), [bell]);
  });

  test('S26: inside a handler it takes effect after the batch', (setting) => {
    const { kernel } = setting;
    const manager = setting.make();
    const recorder = new Recorder(
      new Events(kernel.eventfd(1n), IN, 1),
      new Events(kernel.eventfd(1n), IN, 2),
    );
    recorder.react = () => manager.close();
    manager.addSubscriber(recorder);
    assert.is(manager.run(), 2);
    assert.equal(
      recorder.seen.map(({ data }) => data),
      [1, 2],
    );
    assert.throws(() => manager.run(), withCode('ERR_CLOSED'));
  });

  test('S26: a handler that closes and throws has its error reported, and is closed', (setting) => {
    const manager = setting.make();
    const recorder = new Recorder(new Events(setting.kernel.eventfd(1n), IN));
    recorder.react = () => {
      manager.close();
      throw new Error('and out');
    };
    manager.addSubscriber(recorder);
    assert.throws(() => manager.run(), /and out/);
    assert.throws(() => manager.run(), withCode('ERR_CLOSED'));
  });

  test('F88, F25, F86, F87: the registry can be looked into', ({ kernel, manager }) => {
    const bell = kernel.eventfd();
    const recorder = new Recorder(new Events(bell, IN, 3));
    const id = manager.addSubscriber(recorder);
    assert.equal([...manager.subscribers()], [[id, recorder]]);
    assert.equal(manager.registrations(id), [{ fd: bell, interest: IN, data: 3 }]);
    assert.is(manager.ownerOf(bell), id);
    assert.is(manager.subscriber(id), recorder);
    assert.is(manager.removeSubscriber(id), recorder);
    assert.is(manager.ownerOf(bell), undefined);
    assert.equal([...manager.subscribers()], []);
  });

  test('a subscriber is added once', ({ manager }) => {
    const recorder = new Recorder();
    const id = manager.addSubscriber(recorder);
    assert.throws(() => manager.addSubscriber(recorder), withCode('ERR_SUBSCRIBER_ALREADY_ADDED'));
    manager.removeSubscriber(id);
    manager.addSubscriber(recorder);
    assert.throws(() => manager.addSubscriber({} as never), withCode('ERR_INVALID_ARG_TYPE'));
    assert.throws(() => manager.addSubscriber(null as never), withCode('ERR_INVALID_ARG_TYPE'));
    assert.is(manager.metrics().subscribers, 1);
  });
});
