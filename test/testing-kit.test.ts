import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, type EventOps, EventSet, Events } from 'wasm-event-manager';
import { dispatchTo, MockEventOps, SimulatedSyscalls } from 'wasm-event-manager/testing';

const { IN, OUT, HANG_UP } = EventSet;

/** A user's own: reads until the end, then goes. */
const subscriber = {
  init: (ops: EventOps) => ops.add(new Events(7, IN, 1)),
  process(events: Events, ops: EventOps) {
    if (events.hangUp) ops.remove(events.fd);
    else ops.addFlags(events.fd, OUT);
  },
};

test('F100: a mock records what init and process ask for', () => {
  const ops = new MockEventOps();
  subscriber.init(ops);
  dispatchTo(subscriber, new Events(7, IN), ops);
  assert.is(ops.interest(7), IN | OUT);
  dispatchTo(subscriber, { fd: 7, set: HANG_UP }, ops);
  assert.equal(ops.registeredFds, []);
  assert.equal(
    ops.calls.map(({ operation, fd }) => `${operation} ${fd}`),
    ['add 7', 'addFlags 7', 'remove 7'],
  );
});

test('F100: what was expected is verified, in order and to the last', () => {
  const expecting = () =>
    new MockEventOps()
      .expect({ operation: 'add', fd: 7, set: IN, data: 1 })
      .expect({ operation: 'addFlags', set: OUT });
  const good = expecting();
  subscriber.init(good);
  assert.throws(() => good.verify(), /call 2: expected addFlags\(OUT\), got no further call/);
  good.addFlags(7, OUT);
  good.verify();
  good.pause(7);
  assert.throws(() => good.verify(), /call 3: unexpected pause\(7\)/);
  const wrong = expecting();
  wrong.add(new Events(8, IN, 1));
  assert.throws(() => wrong.verify(), /call 1: expected add\(7, IN, data 1\), got add\(8/);
});

test('F100: a mock fails on demand, and as the real one would', () => {
  const ops = new MockEventOps().failNext({ operation: 'add' }, new Error('no room'));
  assert.throws(() => subscriber.init(ops), /no room/);
  assert.equal(ops.registeredFds, []);
  subscriber.init(ops);
  const withCode = (code: string) => (error: { code: string }) => error.code === code;
  assert.throws(() => subscriber.init(ops), withCode('ERR_FD_ALREADY_REGISTERED'));
  for (const call of [
    () => ops.modify(new Events(8)),
    () => ops.remove(8),
    () => ops.rearm(8),
    () => ops.resume(8),
  ]) {
    assert.throws(call, withCode('ERR_NOT_REGISTERED'));
  }
  assert.throws(
    () => ops.addAll([new Events(9), new Events(7)]),
    withCode('ERR_FD_ALREADY_REGISTERED'),
  );
  assert.equal(ops.registeredFds, [7]);
});

test('F100: dispatchTo hands back what an async handler promises', async () => {
  const { result, ops } = dispatchTo({ process: async () => {} }, { fd: 3 });
  assert.instance(result, Promise);
  await result;
  assert.equal(ops.registeredFds, [3]);
});

test('F101: a kernel in memory runs a whole program, in no time', () => {
  const kernel = new SimulatedSyscalls();
  using manager = new EventManager({ syscalls: kernel });
  const timer = kernel.timerfd();
  kernel.setTimer(timer, { afterNs: 3_600e9, everyNs: 3_600e9 });
  let hours = 0;
  manager.addSubscriber({
    init: (ops) => ops.add(new Events(timer, IN)),
    process: () => {
      kernel.read(timer, new Uint8Array(8));
      hours += 1;
      if (hours === 24) manager.stop();
    },
  });
  manager.runForever();
  assert.is(kernel.clock(), 24 * 3_600e9);
});

test('F101: a wait that nothing can end is an error, and not a hang', () => {
  const kernel = new SimulatedSyscalls();
  using manager = new EventManager({ syscalls: kernel });
  assert.throws(
    () => manager.run(),
    (error: { errno: number }) => error.errno === -35,
  );
});

test('F101: it runs out of fds like any other', () => {
  const kernel = new SimulatedSyscalls({ maxFds: 2 });
  using manager = new EventManager({ syscalls: kernel });
  assert.ok(kernel.eventfd() > 0);
  assert.is(kernel.eventfd(), -24);
  assert.throws(
    () => manager.fd,
    (error: { errno: number }) => error.errno === -24,
  );
});

test.run();
