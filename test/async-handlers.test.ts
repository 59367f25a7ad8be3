import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events, interest } from 'wasm-event-manager';
import { gate, until } from './fixtures/attached.js';

const { IN, EDGE_TRIGGERED, ONE_SHOT } = EventSet;

test('F60: a subscriber is not called while its promise is pending, nor spins', async () => {
  using manager = new EventManager();
  const bell = new EventFd(1);
  const gates = [gate(), gate(), gate()];
  let calls = 0;
  interest()
    .read()
    .withOwned(bell)
    .withHandler(async () => {
      // Left unread: a level-triggered fd is ready all the time.
      const { promise } = gates[calls]!;
      calls += 1;
      await promise;
      if (calls === 3) bell.read();
    })
    .registerInto(manager);
  using _attachment = manager.attach();
  for (const [i, { open }] of gates.entries()) {
    await until(() => calls === i + 1);
    await sleep(20);
    assert.is(calls, i + 1);
    open();
  }
  await sleep(20);
  assert.is(calls, 3);
  assert.ok(manager.metrics().waits < 30, `${manager.metrics().waits} waits`);
});

test('F60: all fds of a subscriber wait, those of others do not, and no edge is lost', async () => {
  using manager = new EventManager();
  const [slow, other, third] = [new EventFd(), new EventFd(), new EventFd()];
  const { promise, open } = gate();
  const seen: number[] = [];
  const set = (IN | EDGE_TRIGGERED) >>> 0;
  manager.addSubscriber({
    init: (ops) => ops.addAll([new Events(slow, set, 1), new Events(other, set, 2)]),
    process: ({ data }) => {
      seen.push(data);
      return seen.length === 1 ? promise : undefined;
    },
  });
  manager.addSubscriber({
    init: (ops) => ops.add(new Events(third, set, 3)),
    process: ({ data }) => void seen.push(data),
  });
  using _attachment = manager.attach();
  slow.write();
  await until(() => seen.length === 1);
  for (const bell of [slow, other, third]) bell.write();
  await until(() => seen.length === 2);
  await sleep(10);
  assert.equal(seen, [1, 3]);
  open();
  await until(() => seen.length === 4);
  assert.equal(seen.slice(2).sort(), [1, 2]);
  for (const bell of [slow, other, third]) bell.close();
});

test('S47: a one-shot registration stays silent when its promise has settled', async () => {
  for (const ending of ['open', 'fail'] as const) {
    using manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
    using bell = new EventFd(1);
    const { promise, [ending]: settle } = gate();
    let calls = 0;
    const registration = interest(ONE_SHOT)
      .read()
      .withFd(bell)
      .withHandler(() => {
        calls += 1;
        return promise;
      })
      .registerInto(manager);
    using _attachment = manager.attach();
    await until(() => calls === 1);
    settle(new Error('reported'));
    await sleep(10);
    assert.is(calls, 1);
    registration.rearm();
    await until(() => calls === 2);
  }
});

test('F60: `rearmSettled` arms a one-shot registration when its promise has settled', async () => {
  for (const ending of ['open', 'fail'] as const) {
    const report = { onHandlerError: 'report', onError: () => {} } as const;
    using manager = new EventManager({ ...report, rearmSettled: true });
    const bell = new EventFd(1);
    const gates = [gate(), gate()];
    let calls = 0;
    interest(ONE_SHOT)
      .read()
      .withOwned(bell)
      .withHandler(() => {
        calls += 1;
        return gates[calls - 1]?.promise;
      })
      .registerInto(manager);
    using _attachment = manager.attach();
    await until(() => calls === 1);
    await sleep(10);
    assert.is(calls, 1);
    gates[0]![ending](new Error('reported'));
    await until(() => calls === 2);
    gates[1]![ending](new Error('reported'));
    // The third returned nothing: it stays disarmed.
    await until(() => calls === 3);
    await sleep(10);
    assert.is(calls, 3);
    assert.is(manager.metrics().handlerErrors, ending === 'fail' ? 2 : 0);
  }
});

test('F60: what was paused, removed or closed meanwhile stays so', async () => {
  for (const act of ['pause', 'remove', 'close'] as const) {
    using manager = new EventManager();
    const bell = new EventFd(1);
    const { promise, open } = gate();
    let calls = 0;
    const id = manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, IN)),
      process: () => {
        calls += 1;
        return promise;
      },
    });
    const { fd } = bell;
    using _attachment = manager.attach();
    await until(() => calls === 1 && manager.metrics().waits > 1);
    await sleep(5);
    if (act === 'close') bell.close();
    else manager.eventOps(id)[act](fd);
    open();
    await sleep(10);
    assert.is(calls, 1, act);
    assert.is(manager.metrics().handlerErrors, 0);
    if (act !== 'close') bell.close();
  }
});

test('F60: detaching frees who waits, and a blocking run calls each time', async () => {
  using manager = new EventManager();
  const bell = new EventFd(1);
  const { promise, open } = gate();
  let calls = 0;
  interest()
    .read()
    .withOwned(bell)
    .withHandler(() => {
      calls += 1;
      return promise;
    })
    .registerInto(manager);
  const attachment = manager.attach();
  await until(() => calls === 1);
  await sleep(10);
  attachment.detach();
  assert.is(manager.runWithTimeout(0), 1);
  assert.is(manager.runWithTimeout(0), 1);
  assert.is(calls, 3);
  open();
  await promise;
});

test.run();
