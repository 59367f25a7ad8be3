import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';
import { TcpListener, UnixStream } from 'wasm-event-manager/net';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { LOCALHOST, openFds } from './fixtures/sockets.js';
import { sweepCold } from './fixtures/stack.js';
import { runWhilePending } from './fixtures/threads.js';

// V8 forgets the code of what wasn't called for some time, and compiling it again takes 40 KB of
// stack: so a call that asks for too little room is thrown out of in its middle.

const CAPACITY = 4;

for (const shared of [false, true]) {
  const kind = shared ? 'a shared' : 'an own';
  test(`S45: calls of ${kind} endpoint that aren't compiled`, async () => {
    using manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
    manager.expose({ echo: (_ops, value) => value });
    const own = manager.remoteEndpoint({ capacity: CAPACITY });
    using endpoint = shared ? RemoteEndpoint.from(own.share()) : own;
    const turns = () => {
      for (let turn = 0; turn < 3; turn += 1) manager.runWithTimeout(0);
    };
    for (const value of [1, { rich: ['a'] }]) {
      sweepCold(() => endpoint.fire('echo', value), turns);
      sweepCold(() => {
        endpoint.call('echo', value).catch(() => {});
        endpoint.kick();
      }, turns);
      // Answers are taken in Node's loop.
      await runWhilePending(manager, new Promise((resolve) => setTimeout(resolve, 20)));
      const calls = Array.from({ length: CAPACITY }, () => endpoint.call('echo', value));
      const answers = await runWhilePending(manager, Promise.all(calls));
      assert.equal(answers, Array(CAPACITY).fill(value));
    }
  });
}

test("S45: a turn that isn't compiled", () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  let calls = 0;
  manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, EventSet.IN)),
    process: () => {
      calls += 1;
    },
  });
  sweepCold(
    () => void manager.runWithTimeout(0),
    () => {
      calls = 0;
      for (let turn = 0; turn < 3; turn += 1) manager.runWithTimeout(0);
      assert.ok(calls > 1);
    },
  );
});

test("S45: subscribers that come and go by code that isn't compiled", () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  sweepCold(
    () => {
      manager.addSubscriber({
        init: (ops) => ops.add(new Events(bell, EventSet.IN)),
        process() {},
      });
    },
    () => {
      for (const [id] of [...manager.subscribers()]) manager.removeSubscriber(id);
      assert.is(manager.metrics().registrations, 0);
    },
  );
});

test("S45: timers that are set and cancelled by code that isn't compiled", () => {
  using manager = new EventManager();
  const clock = new LiveClock(manager);
  let fired = 0;
  const options = {
    handler: () => {
      fired += 1;
    },
  };
  sweepCold(
    () => {
      clock.setTimer('often', 1_000n, options);
      clock.setTimer('never', 2n ** 60n, options);
      clock.cancelTimer('never');
    },
    () => {
      clock.cancelTimers();
      fired = 0;
      clock.setTimer('often', 1_000n, options);
      for (let turn = 0; turn < 50 && fired === 0; turn += 1) manager.runWithTimeout(5);
      assert.ok(fired > 0);
      clock.cancelTimers();
    },
  );
});

test("S45: messages that are published by code that isn't compiled", () => {
  const bus = new MessageBus();
  const seen: unknown[] = [];
  bus.subscribe('topic', (message) => void seen.push(message));
  sweepCold(
    () => bus.publish('topic', 'lost or not'),
    () => {
      seen.length = 0;
      bus.publish('topic', 'after');
      assert.is(seen.at(-1), 'after');
    },
  );
});

test("S45: sockets that are made and closed by code that isn't compiled", () => {
  using manager = new EventManager();
  const open: { close(): void }[] = [];
  const closeAll = () => {
    for (const each of open.splice(0)) each.close();
  };
  for (const make of [
    () => void open.push(...UnixStream.pair(manager)),
    () => void open.push(TcpListener.listen(manager, { host: LOCALHOST }, () => ({}))),
  ]) {
    make();
    closeAll();
    const before = openFds();
    sweepCold(make, () => {
      closeAll();
      assert.is(openFds(), before);
      assert.is([...manager.subscribers()].length, 0);
    });
  }
});

test.run();
