import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as root from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';
import { js, native, wasm } from 'wasm-event-manager/handlers';
import {
  drain,
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixListener,
  UnixStream,
} from 'wasm-event-manager/net';
import { admitModule, inspectModule, PluginHost } from 'wasm-event-manager/plugin';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';

const { EventFd, EventManager, Events, EventSet } = root;
const { IN } = EventSet;
/** A Wasm module with nothing in it. */
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

type Options = Record<string, unknown>;
interface World {
  manager: root.EventManager;
  bell: root.EventFd;
  bus: MessageBus;
}
// biome-ignore lint/suspicious/noExplicitAny: what a program without types may pass.
type Any = any;

/** Every function that takes options, with one that it has. */
const TAKERS: Record<string, [known: string, call: (options: Any, world: World) => unknown]> = {
  EventManager: ['capacity', (o) => new EventManager(o)],
  budget: ['nanoseconds', (o) => new EventManager({ budget: o })],
  attach: ['signal', (o, { manager }) => manager.attach(o)],
  runForever: ['signal', (o, { manager }) => manager.runForever(o)],
  watch: ['signal', (o, { manager, bell }) => manager.watch(bell, IN, o)],
  readable: ['timeout', (o, { manager, bell }) => manager.readable(bell, o)],
  writable: ['timeout', (o, { manager, bell }) => manager.writable(bell, o)],
  remoteEndpoint: ['capacity', (o, { manager }) => manager.remoteEndpoint(o)],
  share: ['capacity', (o, { manager }) => manager.remoteEndpoint().share(o)],
  clone: ['capacity', (o, { manager }) => manager.remoteEndpoint().clone(o)],
  callBlocking: ['timeout', (o, { manager }) => manager.remoteEndpoint().callBlocking('f', [], o)],
  EventFd: ['semaphore', (o) => new EventFd(0, o)],
  'EventFd.adopt': ['semaphore', (o, { bell }) => EventFd.adopt(bell.fd, o)],
  TimerFd: ['clock', (o) => new root.TimerFd(o)],
  'TimerFd.set': [
    'afterNs',
    (o) => {
      using timer = new root.TimerFd();
      timer.set(o);
    },
  ],
  'PidFd.status': [
    'reap',
    (o) => {
      using pidFd = new root.PidFd(process.pid);
      pidFd.status(o);
    },
  ],
  pipe: ['blocking', (o) => root.pipe(o)],
  TestClock: ['startNs', (o) => new TestClock(o)],
  setTimer: ['fireImmediately', (o) => new TestClock().setTimer('a', 5n, o)],
  setTimeAlert: ['replace', (o) => new TestClock().setTimeAlert('a', 5n, o)],
  setSchedule: ['timeZone', (o) => new TestClock().setSchedule('a', '* * * * *', o)],
  MessageBus: ['queueMax', (o) => new MessageBus(o)],
  subscribe: ['priority', (o, { bus }) => bus.subscribe('a', () => {}, o)],
  request: ['timeoutMs', (o, { bus }) => bus.request('a', 1, o)],
  js: ['readOnly', (o) => js(() => {}, o)],
  native: ['capacity', (o) => native(1n, o)],
  wasm: ['style', (o) => wasm({ f() {} } as Any, 'f', o)],
  drain: ['budget', (o, { bell }) => drain(bell, { rearm() {} }, () => {}, o)],
  'TcpListener.listen': ['backlog', (o, { manager }) => TcpListener.listen(manager, o, () => ({}))],
  'TcpListener.adopt': [
    'noDelay',
    (o, { manager }) => TcpListener.adopt(manager, 99, () => ({}), o),
  ],
  'TcpStream.connect': ['resolver', (o, { manager }) => TcpStream.connect(manager, o)],
  'TcpStream.adopt': ['noDelay', (o, { manager }) => TcpStream.adopt(manager, 99, {}, o)],
  'UnixListener.listen': ['path', (o, { manager }) => UnixListener.listen(manager, o, () => ({}))],
  'UnixListener.adopt': [
    'readBudget',
    (o, { manager }) => UnixListener.adopt(manager, 99, () => ({}), o),
  ],
  'UnixStream.connect': ['path', (o, { manager }) => UnixStream.connect(manager, o)],
  'UnixStream.pair': ['readBudget', (o, { manager }) => UnixStream.pair(manager, {}, {}, o)],
  'UnixStream.adopt': ['readBudget', (o, { manager }) => UnixStream.adopt(manager, 99, {}, o)],
  'UdpSocket.open': ['broadcast', (o, { manager }) => UdpSocket.open(manager, o)],
  'UdpSocket.open peer': ['port', (o, { manager }) => UdpSocket.open(manager, { peer: o })],
  SimulatedSyscalls: ['maxFds', (o) => new SimulatedSyscalls(o)],
  'SimulatedSyscalls.fail': ['times', (o) => new SimulatedSyscalls().fail('ctl', 1, o)],
  PluginHost: ['defaults', (o, { manager }) => new PluginHost(manager, o)],
  'PluginHost defaults': ['fuel', (o, { manager }) => new PluginHost(manager, { defaults: o })],
  'PluginHost.load': ['deadlineMs', (o, { manager }) => new PluginHost(manager).load(EMPTY, o)],
  'plugin limits': [
    'handles',
    (o, { manager }) => new PluginHost(manager).load(EMPTY, { name: 'a', limits: o }),
  ],
  'plugin restart': [
    'backoffMs',
    (o, { manager }) => new PluginHost(manager).load(EMPTY, { name: 'a', onFault: { restart: o } }),
  ],
  inspectModule: ['memoryPages', (o) => inspectModule(EMPTY, o)],
  admitModule: ['metered', (o) => admitModule(EMPTY, o)],
  'stream handlers': ['onData', (o, { manager }) => UnixStream.pair(manager, o)],
  'udp handlers': ['onMessage', (o, { manager }) => UdpSocket.open(manager, {}, o)],
};

/** What a call throws, now or by rejection. */
async function thrown(call: () => unknown): Promise<Any> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('it was taken');
}

function withWorld(body: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    using manager = new EventManager();
    using bell = new EventFd();
    using bus = new MessageBus();
    bus.register('a', () => {});
    await body({ manager, bell, bus });
  };
}

for (const [name, [known, call]] of Object.entries(TAKERS)) {
  test(
    `${name}: an option that is misspelt is refused, and the right one named`,
    withWorld(async (world) => {
      const last = known.length - 1;
      const misspelt = `${known.slice(0, last - 1)}${known[last]}${known[last - 1]}`;
      const options: Options = { [misspelt]: undefined };
      const error = await thrown(() => call(options, world));
      assert.instance(error, RangeError);
      assert.is(error.code, 'ERR_OUT_OF_RANGE');
      assert.match(error.message, `did you mean '${known}'?`);
      assert.is(world.manager.metrics().subscribers, 0);
      if (name.includes('handlers')) return;
      for (const wrong of [null, 5, 'x', () => {}, new Map()]) {
        assert.is(
          (await thrown(() => call(wrong, world))).code,
          'ERR_INVALID_ARG_TYPE',
          `${wrong}`,
        );
      }
    }),
  );
}

test('handlers may be an object of a class, and have properties of their own', () => {
  using manager = new EventManager();
  class Own {
    online = true;
    count = 0;
    onData = () => {};
  }
  const [one] = UnixStream.pair(manager, new Own());
  assert.not(one.closed);
  const wrong = { onData: 5 } as Any;
  assert.throws(() => UnixStream.pair(manager, wrong), /onData must be a function/);
});

test('a flag that is no boolean is refused', () => {
  using manager = new EventManager();
  const flags: Record<string, (value: Any) => unknown> = {
    retryOnInterrupt: (value) => new EventManager({ retryOnInterrupt: value }),
    rearmSettled: (value) => new EventManager({ rearmSettled: value }),
    semaphore: (value) => new EventFd(0, { semaphore: value }),
    metered: (value) => admitModule(EMPTY, { metered: value }),
    readOnly: (value) => js(() => {}, { readOnly: value }),
    replace: (value) => new TestClock().setTimeAlert('a', 5n, { replace: value, handler() {} }),
    allowPast: (value) =>
      new TestClock({ startNs: 9n }).setTimeAlert('a', 5n, { allowPast: value, handler() {} }),
    noDelay: (value) => TcpStream.connect(manager, { port: 1, noDelay: value }),
    reusePort: (value) => TcpListener.listen(manager, { reusePort: value }, () => ({})),
    broadcast: (value) => UdpSocket.open(manager, { broadcast: value }),
    edgeTriggered: (value) => UnixStream.pair(manager, {}, {}, { edgeTriggered: value }),
  };
  for (const [name, call] of Object.entries(flags)) {
    for (const wrong of ['false', 0, null]) {
      assert.throws(() => call(wrong), new RegExp(`${name} must be a boolean`));
    }
  }
  assert.is(manager.metrics().subscribers, 0);
});

test('a budget of the wrong type is refused', () => {
  for (const budget of [{ nanoseconds: '5' }, { events: '5' }, 5, { nanoseconds: 5n }] as Any[]) {
    assert.throws(() => new EventManager({ budget }), { code: 'ERR_INVALID_ARG_TYPE' } as Any);
  }
});

test('run takes nothing, and says what takes a timeout', () => {
  using manager = new EventManager();
  const { run } = manager as Any;
  assert.throws(
    () => run.call(manager, 100),
    /nothing \(`runWithTimeout` takes a timeout\), not 100/,
  );
});

test('an async init that rejects undoes what it added, by the policy', async () => {
  const told: unknown[] = [];
  using manager = new EventManager({
    onHandlerError: 'report',
    onError: (error, { id, name }) => told.push((error as Error).message, id, name),
  });
  using bell = new EventFd(1);
  let calls = 0;
  const id = manager.addSubscriber({
    name: 'late',
    async init(ops) {
      ops.add(new Events(bell, IN));
      await Promise.resolve();
      throw new Error('too late');
    },
    process: () => {
      calls += 1;
    },
    unsubscribed: () => told.push('never called'),
  });
  assert.is(manager.metrics().registrations, 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(told, ['too late', id, 'late']);
  const { registrations, subscribers, handlerErrors } = manager.metrics();
  assert.equal([registrations, subscribers, handlerErrors], [0, 0, 1]);
  assert.is(manager.runWithTimeout(0), 0);
  assert.is(calls, 0);
  assert.throws(() => manager.eventOps(id), /no subscriber/);
});

test.run();
