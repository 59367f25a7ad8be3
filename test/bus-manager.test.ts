import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events, interest } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';

const test = suite<{ manager: EventManager; bus: MessageBus; seen: string[] }>(
  'a bus in the turns of a manager',
);
const withCode = (code: string) => (error: { code: string }) => error.code === code;

test.before.each((state) => {
  state.manager = new EventManager();
  state.bus = new MessageBus(state.manager);
  state.seen = [];
});
test.after.each(({ manager }) => manager.close());

test('S12: what is published is delivered in the next turn, and counted', (state) => {
  const { manager, bus, seen } = state;
  bus.subscribe('t', () => seen.push('one'));
  bus.subscribe('*', () => seen.push('two'));
  bus.publish('t', 0);
  assert.equal(seen, []);
  assert.is(bus.counters.queued, 1);
  assert.is(manager.run(), 2);
  assert.equal(seen, ['one', 'two']);
  assert.is(manager.runWithTimeout(0), 0);
  assert.is(manager.metrics().dispatched, 2);
});

test('S12: the bus comes last in a turn; what is published in one waits for the next', (state) => {
  const { manager, bus, seen } = state;
  const clock = new LiveClock(manager);
  const bell = new EventFd(1);
  const id = manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, EventSet.IN)),
    process: ({ injected }) => {
      seen.push(injected ? 'injected' : 'fd');
      if (!injected) bell.read();
      bus.publish('t', injected ? 'from injected' : 'from fd');
    },
  });
  clock.setTimeAlert('now', clock.timestampNs(), { handler: () => seen.push('timer') });
  manager.inject(id, new Events(bell, EventSet.IN));
  bus.subscribe('t', (message) => seen.push(String(message)));
  bus.publish('t', 'bus');
  assert.is(manager.run(), 4);
  assert.equal(seen, ['fd', 'injected', 'timer', 'bus']);
  assert.is(manager.run(), 2);
  assert.equal(seen.slice(4), ['from fd', 'from injected']);
  bell.close();
});

test('S40: what handlers of the bus publish is delivered in the same turn', (state) => {
  const { manager, bus, seen } = state;
  bus.subscribe('a', () => {
    bus.publish('b', 0);
    seen.push('a');
  });
  bus.subscribe('c', () => seen.push('c'));
  bus.subscribe('b', () => seen.push('b'));
  bus.publish('a', 0);
  bus.publish('c', 0);
  assert.is(manager.run(), 3);
  assert.equal(seen, ['a', 'c', 'b']);
});

test('S40: a message that publishes itself ends in an error, and the turn ends', (state) => {
  const { manager, bus } = state;
  bus.subscribe('t', () => bus.publish('t', 0));
  bus.publish('t', 0);
  assert.throws(() => manager.run(), withCode('ERR_PUBLISH_TOO_DEEP'));
  assert.is(manager.runWithTimeout(0), 0);
  assert.is(bus.counters.queued, 0);
});

test('S20: errors go by the policy of the manager; remove ends the subscription', () => {
  const errors: string[] = [];
  const onError = (error: unknown) => errors.push((error as Error).message);
  using manager = new EventManager({ onHandlerError: 'remove', onError });
  const bus = new MessageBus(manager);
  const seen: unknown[] = [];
  bus.subscribe('t', () => {
    throw new Error('no');
  });
  bus.subscribe('t', (message) => seen.push(message));
  for (const message of [1, 2]) {
    bus.publish('t', message);
    manager.run();
  }
  assert.equal(errors, ['no']);
  assert.equal(seen, [1, 2]);
});

test('S20: by default the error comes out of run, after everybody had the message', (state) => {
  const { manager, bus, seen } = state;
  bus.subscribe('t', () => {
    throw new Error('no');
  });
  bus.subscribe('t', () => seen.push('served'));
  bus.publish('t', 0);
  assert.throws(() => manager.run(), /^no$/);
  assert.equal(seen, ['served']);
});

test('S33: a bus whose manager never runs is full at last, and says so', () => {
  using manager = new EventManager();
  const bus = new MessageBus(manager, { queueMax: 100 });
  let received = 0;
  bus.subscribe('t', () => {
    received += 1;
  });
  for (let i = 0; i < 100; i += 1) bus.publish('t', i);
  assert.throws(() => bus.publish('t', 100), withCode('ERR_QUEUE_FULL'));
  assert.is(manager.run(), 100);
  assert.is(received, 100);
});

test('a message wakes the fd of a manager that is nested in another loop', (state) => {
  const { manager, bus, seen } = state;
  using outer = new EventManager();
  const handle = () => void manager.runWithTimeout(0);
  interest().read().withFd(manager).withHandler(handle).registerInto(outer);
  bus.subscribe('t', () => seen.push('t'));
  assert.is(outer.runWithTimeout(0), 0);
  bus.publish('t', 0);
  outer.runWithTimeout(1_000);
  assert.equal(seen, ['t']);
  outer.runWithTimeout(0);
  assert.is(outer.runWithTimeout(0), 0);
});

test('two buses of one manager take turns, and don’t hear each other', (state) => {
  const { manager, bus, seen } = state;
  const other = new MessageBus(manager);
  bus.subscribe('*', () => seen.push('bus'));
  other.subscribe('*', () => seen.push('other'));
  other.publish('t', 0);
  bus.publish('t', 0);
  assert.is(manager.run(), 2);
  assert.equal(seen, ['bus', 'other']);
  other.close();
  bus.publish('t', 0);
  assert.is(manager.run(), 1);
});

test('F98: a request is answered in turns, and times out by the live clock', (state) => {
  const { manager, bus, seen } = state;
  const callback = (error: unknown, answer: unknown) =>
    seen.push(error === undefined ? String(answer) : (error as { code: string }).code);
  bus.register('answers', (message, request) => request!.respond(`${message}!`));
  bus.register('is silent', () => {});
  const started = performance.now();
  bus.request('answers', 'yes', { callback });
  bus.request('is silent', 'no', { callback, timeoutMs: 20 });
  while (seen.length < 2 && performance.now() - started < 2_000) manager.runWithTimeout(1_000);
  assert.equal(seen, ['yes!', 'ERR_TIMED_OUT']);
  const took = performance.now() - started;
  assert.ok(took >= 19 && took < 1_000, `${took} ms`);
});

test('S26: a bus is closed with its manager, and what it asked gets ERR_CLOSED', (state) => {
  const { manager, bus, seen } = state;
  bus.register('e', () => {});
  const callback = (error: unknown) => seen.push((error as { code: string }).code);
  bus.request('e', 0, { callback });
  manager.close();
  assert.equal(seen, ['ERR_CLOSED']);
  assert.throws(() => bus.publish('t', 0), withCode('ERR_CLOSED'));
  assert.throws(() => new MessageBus(manager), withCode('ERR_CLOSED'));
});

test.run();
