import * as assert from 'uvu/assert';
import { EventSet, Events, type SubscriberId } from 'wasm-event-manager';
import { everywhere, Recorder, type Setting, withCode } from '../fixtures/configurations.js';

const { IN, OUT, EDGE_TRIGGERED, ONE_SHOT, HANG_UP } = EventSet;

/** A subscriber with one bell that is rung. */
function rung({ kernel, manager }: Setting, data = 0) {
  const bell = kernel.eventfd(1n);
  const recorder = new Recorder(new Events(bell, IN, data));
  return { bell, recorder, id: manager.addSubscriber(recorder) as SubscriberId<Recorder> };
}

everywhere('one turn', (test) => {
  test('S12: injected events come after those of the kernel', (setting) => {
    const { manager } = setting;
    const order: string[] = [];
    const { recorder, id } = rung(setting);
    recorder.react = ({ injected, data }) => void order.push(`${injected}:${data}`);
    manager.inject(id, new Events(99, OUT, 8));
    assert.is(manager.run(), 2);
    assert.equal(order, ['false:0', 'true:8']);
    const injected = recorder.seen[1]!;
    assert.equal([injected.fd, injected.eventSet], [99, OUT]);
  });

  test('S12: what is queued while a turn runs is handled in the next', (setting) => {
    const { manager } = setting;
    const recorder = new Recorder();
    const id = manager.addSubscriber(recorder);
    recorder.react = () => manager.inject(id, new Events(1, IN));
    manager.inject(id, new Events(1, IN));
    for (let i = 0; i < 3; i += 1) assert.is(manager.run(), 1);
    const bell = rung(setting);
    bell.recorder.react = () => manager.inject(bell.id, new Events(2, IN, 5));
    manager.run();
    assert.equal(
      bell.recorder.seen.map(({ data }) => data),
      [0],
    );
  });

  test('S12: an injected event keeps a turn from waiting', ({ manager }) => {
    const id = manager.addSubscriber(new Recorder());
    manager.inject(id, new Events(1, IN));
    assert.is(manager.run(), 1);
  });

  test('S12: an event injected for a subscriber since removed is dropped', ({ manager }) => {
    const recorder = new Recorder();
    const id = manager.addSubscriber(recorder);
    manager.inject(id, new Events(1, IN));
    manager.removeSubscriber(id as SubscriberId<Recorder>);
    assert.is(manager.runWithTimeout(0), 0);
    assert.is(recorder.seen.length, 0);
  });

  test('S13: what is added while dispatching fires in the next turn', (setting) => {
    const { kernel, manager } = setting;
    const late = kernel.eventfd(1n);
    const { bell, recorder } = rung(setting);
    recorder.react = ({ fd }, ops) => {
      if (fd === bell && ops.interest(late) === undefined) ops.add(new Events(late, IN));
    };
    assert.is(manager.run(), 1);
    assert.is(manager.run(), 2);
  });

  test('S14: what is removed while dispatching has its pending event dropped', (setting) => {
    const { manager } = setting;
    const bells = [rung(setting), rung(setting), rung(setting)];
    // Whoever comes first removes the other two.
    for (const { id, recorder } of bells) {
      recorder.react = () => {
        for (const other of bells) if (other.id !== id) manager.removeSubscriber(other.id);
        recorder.react = () => {};
      };
    }
    assert.is(manager.run(), 1);
    assert.is(
      bells.reduce((sum, { recorder }) => sum + recorder.seen.length, 0),
      1,
    );
    assert.is(manager.run(), 1);
  });

  test('S14: of one of several fds of a subscriber too', ({ kernel, manager }) => {
    const fds = [kernel.eventfd(1n), kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(...fds.map((fd) => new Events(fd, IN)));
    recorder.react = ({ fd }, ops) => {
      if (fd === fds[0]) ops.remove(fds[1]!);
    };
    manager.addSubscriber(recorder);
    assert.is(manager.run(), 2);
    assert.equal(recorder.fds, [fds[0], fds[2]]);
  });

  test('S14: a number reused in mid-batch brings nothing of the old fd', (setting) => {
    const { kernel, manager } = setting;
    const [first, second] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(new Events(first, IN, 1), new Events(second, IN, 2));
    recorder.react = ({ data }, ops) => {
      if (data !== 1) return;
      kernel.close(second);
      assert.is(kernel.eventfd(), second);
      ops.add(new Events(second, IN, 3));
    };
    manager.addSubscriber(recorder);
    assert.is(manager.run(), 1);
    kernel.ring(second);
    kernel.readCounter(first);
    assert.is(manager.run(), 1);
    assert.equal(
      recorder.seen.map(({ data }) => data),
      [1, 3],
    );
  });

  test('S15: a fd can be removed and added again in its own handler', (setting) => {
    const { kernel, manager } = setting;
    const [own, other] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(new Events(own, IN, 1), new Events(other, IN, 2));
    recorder.react = ({ fd, data }, ops) => {
      if (data > 2) return;
      for (const each of [own, other]) {
        ops.remove(each);
        ops.add(new Events(each, IN, 3));
      }
      assert.is(fd, own);
    };
    manager.addSubscriber(recorder);
    assert.is(manager.run(), 1, 'the old pending event of the other is dropped');
    assert.is(manager.run(), 2);
    assert.equal(
      recorder.seen.map(({ data }) => data),
      [1, 3, 3],
    );
  });

  test('S16: a pending event is masked by the new interest', ({ kernel, manager }) => {
    const [first, second, third] = [kernel.eventfd(1n), kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(
      ...[first, second, third].map((fd) => new Events(fd, IN | OUT, 1)),
    );
    recorder.react = ({ fd }, ops) => {
      if (fd !== first) return;
      ops.modify(new Events(second, OUT, 2));
      ops.modify(new Events(third, EventSet.PRIORITY, 3));
    };
    manager.addSubscriber(recorder);
    assert.is(manager.run(), 2);
    const [, masked] = recorder.seen;
    assert.equal([masked?.fd, masked?.eventSet, masked?.data], [second, OUT, 2]);
  });

  test('S16: ERROR and HANG_UP always pass', ({ kernel, manager }) => {
    const first = kernel.eventfd(1n);
    const [reader, writer] = kernel.pipe();
    kernel.write(writer, new Uint8Array(1));
    kernel.close(writer);
    const recorder = new Recorder(new Events(first, IN), new Events(reader, IN));
    recorder.react = ({ fd }, ops) => {
      if (fd === first) ops.modify(new Events(reader, 0));
    };
    manager.addSubscriber(recorder);
    assert.is(manager.run(), 2);
    assert.is(recorder.seen[1]?.eventSet, HANG_UP);
  });

  test('S17: subscribers come and go from inside a handler, itself included', (setting) => {
    const { manager } = setting;
    const { recorder, id } = rung(setting);
    let added: Recorder | undefined;
    recorder.react = () => {
      manager.removeSubscriber(id);
      added = rung(setting).recorder;
    };
    assert.is(manager.run(), 1);
    assert.is(added?.seen.length, 0);
    assert.is(manager.run(), 1);
    assert.is(added?.seen.length, 1);
    assert.throws(() => manager.subscriber(id), withCode('ERR_INVALID_ID'));
  });

  test('S18: a run inside a handler is refused, and nothing is disturbed', (setting) => {
    const { manager } = setting;
    const bells = [rung(setting), rung(setting)];
    let refused = 0;
    for (const { recorder } of bells) {
      recorder.react = () => {
        for (const call of [() => manager.run(), () => manager.runForever()]) {
          assert.throws(call, withCode('ERR_REENTRANT'));
          refused += 1;
        }
      };
    }
    assert.is(manager.run(), 2);
    assert.is(refused, 4);
    assert.is(manager.run(), 2);
  });

  test('S18: a runForever that is refused does not take back a stop', (setting) => {
    const { manager } = setting;
    const { recorder } = rung(setting);
    recorder.react = () => {
      if (recorder.seen.length > 1) return manager.close();
      manager.stop();
      assert.throws(() => manager.runForever(), withCode('ERR_REENTRANT'));
    };
    manager.runForever();
    assert.is(recorder.seen.length, 1);
  });

  test('S19: the count is of handler calls, and of nothing else', (setting) => {
    const { kernel, manager } = setting;
    const { bell, recorder, id } = rung(setting);
    const other = rung(setting);
    recorder.react = () =>
      void (other.recorder.seen.length === 0 && manager.removeSubscriber(other.id));
    assert.is(manager.run(), 1);
    manager.eventOps(id).pause(bell);
    assert.is(manager.runWithTimeout(0), 0);
    assert.is(manager.metrics().dispatched, 1);
    assert.is(manager.metrics({ perSubscriber: true }).perSubscriber.get(id)?.dispatched, 1);
    kernel.close(bell);
  });

  test('F45: a level-triggered fd fires at every wait while it is ready', (setting) => {
    const { recorder } = rung(setting);
    for (let i = 0; i < 3; i += 1) setting.manager.run();
    assert.is(recorder.seen.length, 3);
  });

  test('F46: an edge-triggered fd fires once, and again after a pause', ({ kernel, manager }) => {
    const bell = kernel.eventfd(1n);
    const recorder = new Recorder(new Events(bell, (IN | EDGE_TRIGGERED) >>> 0));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    const run = () => manager.runWithTimeout(0);
    assert.equal([run(), run()], [1, 0]);
    ops.rearm(bell);
    assert.equal([run(), run()], [1, 0]);
    ops.pause(bell);
    kernel.ring(bell);
    assert.is(run(), 0);
    ops.resume(bell);
    assert.equal([run(), run()], [1, 0]);
  });

  test('F47: a one-shot fd fires once for each arming', ({ kernel, manager }) => {
    const bell = kernel.eventfd(1n);
    const recorder = new Recorder(new Events(bell, IN | ONE_SHOT));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    const run = () => manager.runWithTimeout(0);
    assert.equal([run(), run()], [1, 0]);
    ops.rearm(bell);
    assert.equal([run(), run()], [1, 0]);
    ops.pause(bell);
    ops.resume(bell);
    assert.is(run(), 0, 'a pause does not arm it');
    ops.modify(new Events(bell, IN | ONE_SHOT));
    assert.equal([run(), run()], [1, 0]);
  });

  test('F40: a pause is silent even to a hang-up, and keeps the place', ({ kernel, manager }) => {
    const [reader, writer] = kernel.pipe();
    const recorder = new Recorder(new Events(reader, IN, 3));
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    ops.pause(reader);
    kernel.close(writer);
    for (let i = 0; i < 3; i += 1) assert.is(manager.runWithTimeout(0), 0);
    assert.is(ops.interest(reader), IN);
    ops.resume(reader);
    assert.is(manager.run(), 1);
    assert.equal([recorder.seen[0]?.eventSet, recorder.seen[0]?.data], [HANG_UP, 3]);
  });

  test('F40: a one-shot event dropped by a pause is not lost', ({ kernel, manager }) => {
    const [first, second] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const recorder = new Recorder(new Events(first, IN), new Events(second, IN | ONE_SHOT));
    recorder.react = ({ fd }, ops) => {
      if (fd === first) ops.pause(second);
    };
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    assert.is(manager.run(), 1);
    kernel.readCounter(first);
    ops.resume(second);
    assert.is(manager.run(), 1);
    assert.equal(recorder.fds, [first, second]);
  });
});
