import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MessageBus, type MessageHandler } from 'wasm-event-manager/bus';

const test = suite<{ bus: MessageBus; seen: string[] }>('the message bus');
const withCode = (code: string) => (error: { code: string }) => error.code === code;

test.before.each((state) => {
  state.bus = new MessageBus();
  state.seen = [];
});
test.after.each(({ bus }) => bus.close());

test('F96: a message reaches whom it concerns, before publish returns', ({ bus, seen }) => {
  bus.subscribe('prices.*', (message, topic) => seen.push(`all ${topic} ${message}`));
  bus.subscribe('prices.oil', (message) => seen.push(`oil ${message}`));
  bus.subscribe('prices.??', (message) => seen.push(`two ${message}`));
  bus.publish('prices.oil', 1);
  bus.publish('prices.au', 2);
  bus.publish('price', 3);
  assert.equal(seen, ['all prices.oil 1', 'oil 1', 'all prices.au 2', 'two 2']);
});

test('S39, F70: priority goes high to low, equals by order of subscription', ({ bus, seen }) => {
  const add = (pattern: string, priority?: number) =>
    bus.subscribe(
      pattern,
      () => seen.push(`${pattern} ${priority ?? 0}`),
      priority === undefined ? {} : { priority },
    );
  add('a.*');
  add('a.b', 5);
  add('*', -1);
  add('a.?');
  add('*b', 5);
  bus.publish('a.b', 0);
  assert.equal(seen, ['a.b 5', '*b 5', 'a.* 0', 'a.? 0', '* -1']);
});

test('S39: who is unsubscribed during a publish is not called any more', ({ bus, seen }) => {
  const last = () => seen.push('last');
  bus.subscribe('t', () => {
    seen.push('first');
    assert.ok(second.unsubscribe());
    assert.not.ok(second.unsubscribe());
    assert.ok(bus.unsubscribe('*', last));
  });
  const second = bus.subscribe('t', () => seen.push('second'));
  bus.subscribe('*', last);
  bus.publish('t', 0);
  assert.equal(seen, ['first']);
  assert.is(second.active, false);
});

test('S39: who subscribes during a publish gets the next message', ({ bus, seen }) => {
  bus.subscribe('t', (message) => {
    seen.push(`old ${message}`);
    if (message === 1) bus.subscribe('t*', (later) => seen.push(`new ${later}`));
  });
  bus.publish('t', 1);
  bus.publish('t', 2);
  assert.equal(seen, ['old 1', 'old 2', 'new 2']);
});

test('S40: what handlers publish is delivered breadth-first', ({ bus, seen }) => {
  const publishes = (topic: string, ...then: string[]) => {
    bus.subscribe(topic, () => {
      for (const each of then) bus.publish(each, 0);
      seen.push(topic);
    });
    bus.subscribe(topic, () => seen.push(`${topic}'`));
  };
  publishes('a', 'b', 'c');
  publishes('b', 'd');
  publishes('c', 'e');
  publishes('d');
  publishes('e');
  bus.publish('a', 0);
  assert.is(seen.join(' '), "a a' b b' c c' d d' e e'");
});

test('S40: 1 000 levels of publishing are an error, and the bus goes on', ({ bus, seen }) => {
  bus.subscribe<number>('down', (level) => bus.publish('down', level + 1));
  bus.subscribe('up', () => seen.push('up'));
  assert.throws(() => bus.publish('down', 1), withCode('ERR_PUBLISH_TOO_DEEP'));
  assert.is(bus.counters.published, 257);
  bus.publish('up', 0);
  assert.equal(seen, ['up']);
});

test('S40: the depth is an option', () => {
  const bus = new MessageBus({ depthMax: 1_000 });
  let deepest = 0;
  bus.subscribe<number>('down', (level) => {
    deepest = level;
    if (level < 1_000) bus.publish('down', level + 1);
  });
  bus.publish('down', 0);
  assert.is(deepest, 1_000);
});

test('a handler that publishes too much gets ERR_QUEUE_FULL, and nothing is lost', () => {
  const bus = new MessageBus({ queueMax: 10 });
  let received = 0;
  bus.subscribe('many', () => {
    for (let i = 0; i < 10; i += 1) bus.publish('one', i);
    assert.throws(() => bus.publish('one', 10), withCode('ERR_QUEUE_FULL'));
  });
  bus.subscribe('one', () => {
    received += 1;
  });
  bus.publish('many', 0);
  assert.is(received, 10);
});

test('S20: a handler that throws costs nobody their message', ({ bus, seen }) => {
  const failing = (text: string) => () => {
    throw new Error(text);
  };
  bus.subscribe('t', failing('one'));
  bus.subscribe('t', () => {
    seen.push('served');
    bus.publish('u', 0);
  });
  assert.throws(() => bus.publish('t', 0), /^one$/);
  bus.subscribe('u', failing('two'));
  bus.subscribe('u', () => seen.push('nested'));
  try {
    bus.publish('t', 0);
    assert.unreachable();
  } catch (error) {
    assert.equal(
      (error as AggregateError).errors.map((each) => each.message),
      ['one', 'two'],
    );
  }
  assert.equal(seen, ['served', 'served', 'nested']);
  assert.is(bus.counters.errors, 3);
});

test('S20: onError gets what handlers throw, and what their promises reject with', async () => {
  const errors: string[] = [];
  const onError = (error: unknown, { name }: { name: string }) =>
    errors.push(`${name} ${(error as Error).message}`);
  const bus = new MessageBus({ onError });
  bus.subscribe('t', () => {
    throw new Error('thrown');
  });
  bus.subscribe('t', async () => {
    throw new Error('rejected');
  });
  bus.publish('t', 0);
  assert.equal(errors, ['t thrown']);
  await new Promise(setImmediate);
  assert.equal(errors, ['t thrown', 't rejected']);
});

test('F96: topics and patterns are known, and who is subscribed', ({ bus }) => {
  const handler = () => {};
  assert.is(bus.hasSubscribers(), false);
  bus.subscribe('a.*', handler);
  assert.is(bus.hasSubscribers(), true);
  assert.is(bus.hasSubscribers('a.b'), true);
  assert.is(bus.hasSubscribers('b'), false);
  assert.is(bus.hasSubscribers('a.*'), true);
  assert.is(bus.hasSubscribers('a*'), false);
  assert.is(bus.isSubscribed('a.*', handler), true);
  assert.is(bus.isSubscribed('a.b', handler), false);
  bus.publish('c', 0);
  assert.equal(bus.topics, ['a.b', 'b', 'c']);
  assert.equal(bus.patterns, ['a.*']);
  assert.is(bus.unsubscribe('a.*', handler), true);
  assert.is(bus.unsubscribe('a.*', handler), false);
  assert.equal(bus.patterns, []);
  assert.is(bus.hasSubscribers('a.b'), false);
});

test('a topic at hand publishes as the bus does', ({ bus, seen }) => {
  const topic = bus.topic<number>('a.b');
  assert.is(topic.name, 'a.b');
  assert.is(topic.hasSubscribers, false);
  using _all = bus.subscribe('*', (message) => seen.push(`all ${message}`));
  assert.is(topic.hasSubscribers, true);
  topic.publish(1);
  bus.subscribe('a.b', () => topic.publish(3), { priority: 1 }).unsubscribe();
  bus.publish('a.b', 2);
  assert.equal(seen, ['all 1', 'all 2']);
});

test('topics beyond the limit are forgotten, and come again as they were', () => {
  const bus = new MessageBus({ topicsMax: 3 });
  const seen: string[] = [];
  const topic = bus.topic('t0');
  bus.subscribe('t*', (_, name) => seen.push(name));
  bus.subscribe('t0', (_, name) => seen.push(`${name} itself`));
  const expected: string[] = [];
  for (let i = 0; i < 20; i += 1) {
    bus.publish(`t${i % 5}`, 0);
    topic.publish(0);
    expected.push(`t${i % 5}`, ...(i % 5 === 0 ? ['t0 itself'] : []), 't0', 't0 itself');
    assert.ok(bus.counters.topics <= 3);
  }
  assert.equal(seen, expected);
});

test('F99: a tap sees what goes by, heard or not, and harms nobody', ({ bus, seen }) => {
  bus.register('e', () => {});
  const end = bus.tap(({ kind, name, message }) => seen.push(`${kind} ${name} ${message}`));
  bus.tap(() => {
    throw new Error('a broken tap');
  });
  bus.subscribe('t', () => seen.push('handler'));
  assert.throws(() => bus.publish('t', 1), /broken tap/);
  assert.throws(() => bus.publish('unheard', 2), /broken tap/);
  assert.throws(() => bus.send('e', 3), /broken tap/);
  end();
  assert.throws(() => bus.publish('t', 4), /broken tap/);
  assert.equal(seen, ['publish t 1', 'handler', 'publish unheard 2', 'send e 3', 'handler']);
});

test('F99: counters tell what was sent, and what reached nobody', ({ bus }) => {
  bus.subscribe('t', () => {});
  bus.subscribe('*', () => {});
  bus.publish('t', 0);
  bus.register('e', () => {});
  bus.send('e', 0);
  bus.unsubscribe('*', () => {});
  const before = new MessageBus();
  before.publish('unheard', 0);
  assert.is(before.counters.dropped, 1);
  const { published, sent, delivered, dropped, subscriptions, topics } = bus.counters;
  assert.equal(
    { published, sent, delivered, dropped, subscriptions, topics },
    { published: 1, sent: 1, delivered: 3, dropped: 0, subscriptions: 2, topics: 1 },
  );
});

test('one handler at two patterns is two subscriptions', ({ bus }) => {
  let calls = 0;
  const handler: MessageHandler = () => {
    calls += 1;
  };
  bus.subscribe('a*', handler);
  bus.subscribe('*a', handler);
  bus.publish('a', 0);
  assert.is(calls, 2);
});

test.run();
