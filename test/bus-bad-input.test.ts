import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { MessageBus, PATTERN_LENGTH_MAX, TOPIC_LENGTH_MAX } from 'wasm-event-manager/bus';

const withCode = (code: string) => (error: { code: string }) => error.code === code;
const nothing = () => {};

test('arguments of the wrong type or range are refused by name', () => {
  const bus = new MessageBus();
  const manager = new EventManager();
  const half = '\ud83d';
  const wrong: [() => unknown, string][] = [
    [() => bus.publish('', 0), 'ERR_OUT_OF_RANGE'],
    [() => bus.publish('a.*', 0), 'ERR_OUT_OF_RANGE'],
    [() => bus.publish('a?', 0), 'ERR_OUT_OF_RANGE'],
    [() => bus.publish(half, 0), 'ERR_OUT_OF_RANGE'],
    [() => bus.publish(undefined as never, 0), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.publish({} as never, 0), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.publish('a'.repeat(TOPIC_LENGTH_MAX + 1), 0), 'ERR_OUT_OF_RANGE'],
    [() => bus.topic('*'), 'ERR_OUT_OF_RANGE'],
    [() => bus.subscribe('', nothing), 'ERR_OUT_OF_RANGE'],
    [() => bus.subscribe(`*${half}`, nothing), 'ERR_OUT_OF_RANGE'],
    [() => bus.subscribe(1 as never, nothing), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.subscribe('*'.repeat(PATTERN_LENGTH_MAX + 1), nothing), 'ERR_OUT_OF_RANGE'],
    [() => bus.subscribe('a', undefined as never), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.subscribe('a', { kind: 'native' } as never), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.subscribe('a', nothing, { priority: 0.5 }), 'ERR_OUT_OF_RANGE'],
    [() => bus.subscribe('a', nothing, { priority: 2 ** 31 }), 'ERR_OUT_OF_RANGE'],
    [() => bus.register('', nothing), 'ERR_OUT_OF_RANGE'],
    [() => bus.register('e', 1 as never), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.send('nobody', 0), 'ERR_UNKNOWN_ENDPOINT'],
    [() => bus.send('', 0), 'ERR_OUT_OF_RANGE'],
    [() => bus.response(1, 0), 'ERR_UNKNOWN_REQUEST'],
    [() => bus.response(0.5, 0), 'ERR_OUT_OF_RANGE'],
    [() => bus.request('e', 0, { callback: 1 as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.tap(1 as never), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus({ depthMax: 0 }), 'ERR_OUT_OF_RANGE'],
    [() => new MessageBus({ topicsMax: 2 ** 25 }), 'ERR_OUT_OF_RANGE'],
    [() => new MessageBus({ onError: 1 as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus({ clock: {} as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus(manager, null as never), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus(null as never), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus({ manager: {} as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus({ manager: null as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus(manager, { manager }), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus({ queueSize: 1 } as never), 'ERR_OUT_OF_RANGE'],
    [() => new MessageBus(new (class EventManager {})() as never), 'ERR_INVALID_ARG_TYPE'],
    [() => new MessageBus([manager] as never), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.subscribe('a', nothing, { prio: 1 } as never), 'ERR_OUT_OF_RANGE'],
    [() => bus.subscribe('a', nothing, 1 as never), 'ERR_INVALID_ARG_TYPE'],
    [() => bus.request('e', 0, { callback: nothing, timeout: 1 } as never), 'ERR_OUT_OF_RANGE'],
  ];
  for (const [call, code] of wrong) assert.throws(call, withCode(code), call.toString());
  const { published, subscriptions, endpoints } = bus.counters;
  assert.equal(
    { published, subscriptions, endpoints },
    { published: 0, subscriptions: 0, endpoints: 0 },
  );
  manager.close();
});

test('a manager is taken as an option too, and the bus is its own then', () => {
  using manager = new EventManager();
  const bus = new MessageBus({ manager, queueMax: 1 });
  let calls = 0;
  bus.subscribe('t', () => {
    calls += 1;
  });
  bus.publish('t', 0);
  assert.is(calls, 0);
  assert.throws(() => bus.publish('t', 0), withCode('ERR_QUEUE_FULL'));
  assert.is(manager.run(), 1);
  assert.is(calls, 1);
});

test('a promise is rejected for options that are none', async () => {
  const bus = new MessageBus();
  bus.register('e', nothing);
  for (const options of [{ timeout: 1 }, null, 1]) {
    const asked = bus.request('e', 0, options as object);
    const code = await asked.catch((error) => error.code);
    assert.match(String(code), /ERR_OUT_OF_RANGE|ERR_INVALID_ARG_TYPE/);
  }
  assert.is(bus.counters.pendingRequests, 0);
});

test('a pattern of a megabyte is taken, and costs the others little', () => {
  const bus = new MessageBus();
  let calls = 0;
  bus.subscribe('*a'.repeat(PATTERN_LENGTH_MAX / 2), nothing);
  bus.subscribe('*'.repeat(PATTERN_LENGTH_MAX), () => {
    calls += 1;
  });
  const started = performance.now();
  bus.publish('a'.repeat(TOPIC_LENGTH_MAX), 0);
  assert.is(calls, 1);
  assert.ok(performance.now() - started < 1_000);
});

test('what is there already is not made twice', () => {
  const bus = new MessageBus();
  bus.subscribe('a', nothing);
  assert.throws(() => bus.subscribe('a', nothing), withCode('ERR_SUBSCRIPTION_EXISTS'));
  bus.register('e', nothing);
  assert.throws(() => bus.register('e', () => {}), withCode('ERR_ENDPOINT_EXISTS'));
  assert.is(bus.deregister('e'), true);
  assert.is(bus.deregister('e'), false);
  bus.register('e', nothing);
});

test('each limit is an error of its own, and holds', () => {
  const bus = new MessageBus({ subscriptionsMax: 1, endpointsMax: 1, requestsMax: 1 });
  bus.subscribe('a', nothing);
  assert.throws(() => bus.subscribe('b', nothing), withCode('ERR_LIMIT_EXCEEDED'));
  bus.register('e', nothing);
  assert.throws(() => bus.register('f', nothing), withCode('ERR_LIMIT_EXCEEDED'));
  const options = { callback: nothing, timeoutMs: Number.POSITIVE_INFINITY };
  bus.request('e', 0, options);
  assert.throws(() => bus.request('e', 0, options), withCode('ERR_LIMIT_EXCEEDED'));
  bus.close();
});

test('tables that may not grow any more are an error, and what there is goes on', () => {
  const bus = new MessageBus({ memoryMax: 2 ** 19 });
  let calls = 0;
  bus.subscribe('t*', () => {
    calls += 1;
  });
  const fill = () => {
    for (let i = 0; i < 100_000; i += 1) bus.publish(`t${i}`.padEnd(1_000), 0);
  };
  assert.throws(fill, withCode('ERR_OUT_OF_MEMORY'));
  const before = calls;
  assert.ok(before > 50);
  bus.publish('t1'.padEnd(1_000), 0);
  assert.is(calls, before + 1);
});

test('a closed bus refuses everything but to be closed again', () => {
  const bus = new MessageBus();
  const topic = bus.topic('t');
  const subscription = bus.subscribe('t', nothing);
  bus.register('e', nothing);
  bus.close();
  bus.close();
  assert.is(subscription.active, false);
  const calls = [
    () => bus.publish('t', 0),
    () => topic.publish(0),
    () => bus.subscribe('t', nothing),
    () => bus.register('e', nothing),
    () => bus.send('e', 0),
    () => bus.request('e', 0, { callback: nothing }),
    () => bus.tap(nothing),
  ];
  for (const call of calls) assert.throws(call, withCode('ERR_CLOSED'), call.toString());
});

test('a bus that is closed by a handler calls nobody after it', () => {
  const bus = new MessageBus();
  const seen: string[] = [];
  bus.subscribe('t', () => {
    seen.push('first');
    bus.publish('t', 1);
    bus.close();
  });
  bus.subscribe('t', () => seen.push('second'));
  bus.publish('t', 0);
  assert.equal(seen, ['first']);
  assert.is(bus.counters.dropped, 1);
});

test.run();
