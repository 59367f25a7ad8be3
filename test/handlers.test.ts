import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, type EventOps, EventSet, Events } from 'wasm-event-manager';
import { LiveClock, TestClock, TimeEvent } from 'wasm-event-manager/clock';
import {
  type FdEventView,
  isHandler,
  js,
  Message,
  type MessageView,
  type PlainEvent,
  remote,
  subscriberOf,
  type TimeEventView,
  wasm,
} from 'wasm-event-manager/handlers';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { withCode } from './fixtures/configurations.js';
import { compileGuest } from './fixtures/guest.js';

const { IN, HANG_UP } = EventSet;
const revoked = withCode('ERR_VIEW_REVOKED');

test('F59: js with the right to change things gets the event and the ops', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const removed = js((events: Events, ops: EventOps) => ops.remove(events));
  manager.addSubscriber(subscriberOf(removed, [new Events(bell, IN)]));
  assert.is(manager.run(), 1);
  assert.is(manager.metrics().registrations, 0);
});

test('F59: js may be an object, whose `call` has its own `this`', () => {
  const counter = {
    count: 0,
    call(events: Events) {
      this.count += events.data;
    },
  };
  js(counter).handle(new Events(1, IN, 7), undefined);
  assert.is(counter.count, 7);
});

test('F59: the read-only kind gets a frozen view and no ops', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const kept: FdEventView[] = [];
  let passed = 0;
  const handler = js<Events>(
    (...args: unknown[]) => {
      passed = args.filter((each) => each !== undefined).length;
      const view = args[0] as FdEventView;
      assert.is(view.readable, true);
      assert.equal([view.fd, view.data, view.hangUp], [bell.fd, 3, false]);
      assert.throws(() => Object.assign(view, { fd: 9 }), TypeError);
      assert.throws(() => Object.assign(view, { extra: 9 }), TypeError);
      kept.push(view);
    },
    { readOnly: true },
  );
  manager.addSubscriber(subscriberOf(handler, [new Events(bell, IN, 3)]));
  manager.run();
  assert.is(passed, 1);
  assert.throws(() => kept[0]!.fd, revoked);
  assert.throws(() => kept[0]!.readable, revoked);
  manager.run();
  assert.throws(() => kept[0]!.fd, revoked);
});

test('F59: a view ends with the call, also one that throws, and clone keeps', () => {
  let view: TimeEventView | undefined;
  let clone: TimeEvent | undefined;
  const handler = js<TimeEvent>(
    (event) => {
      view = event;
      clone = event.clone();
      throw new Error('thrown');
    },
    { readOnly: true },
  );
  const event = new TimeEvent('tick', 10n, 12n);
  assert.throws(() => handler.handle(event, undefined), /thrown/);
  assert.throws(() => view!.name, revoked);
  assert.throws(() => view!.clone(), revoked);
  assert.equal([clone!.name, clone!.tsEvent, clone!.tsInit], ['tick', 10n, 12n]);
});

test('F59: what a read-only handler does to a message reaches nobody', () => {
  const message = { price: 1, deep: { list: [1] } };
  const handler = js<Message<typeof message>>(
    (view: MessageView<typeof message>) => {
      view.message.deep.list.push(2);
      assert.is(view.topic, 'topic');
    },
    { readOnly: true },
  );
  handler.handle(new Message('topic', message), undefined);
  assert.equal(message, { price: 1, deep: { list: [1] } });
});

test('F58: handlers of several kinds stand side by side in one manager', async () => {
  using manager = new EventManager();
  using clock = new LiveClock(manager);
  const bells = [new EventFd(1), new EventFd(1), new EventFd(1)];
  const exports = compileGuest(`
    let total: i32 = 0;
    export function onEvent(fd: i32, set: u32, data: u32): void { total += data; }
    export function onTime(tsEvent: i64, tsInit: i64): void { total += i32(tsInit >= tsEvent); }
    export function sum(): i32 { return total; }`);
  const { port1, port2 } = new MessageChannel();
  const seen: string[] = [];
  const posted: PlainEvent[] = [];
  port2.on('message', (event) => posted.push(event));
  const handlers = [
    js((events: Events) => void seen.push(`js ${events.data}`)),
    wasm(exports, 'onEvent'),
    remote(port1),
  ];
  handlers.forEach((handler, i) => {
    assert.ok(isHandler(handler));
    manager.addSubscriber(subscriberOf(handler, [new Events(bells[i]!, IN, i + 1)]));
  });
  clock.setTimeAlert('now', clock.timestampNs(), { handler: wasm(exports, 'onTime') });
  assert.is(manager.run(), 4);
  assert.equal(seen, ['js 1']);
  assert.is((exports.sum as () => number)(), 2 + 1);
  for (let i = 0; i < 200 && posted.length === 0; i += 1) await sleep(5);
  assert.equal(posted, [{ kind: 'fd', fd: bells[2]!.fd, eventSet: IN, data: 3, injected: false }]);
  port1.close();
  for (const bell of bells) bell.close();
});

test('F58: a remote handler reaches a worker, and says when that has ended', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', (event) => {
       if (event.kind === 'time') parentPort.postMessage([event.name, String(event.tsEvent)]);
       else process.exit();
     });`,
    { eval: true },
  );
  const handler = remote(worker);
  const answered = new Promise((resolve) => worker.once('message', resolve));
  const clock = new TestClock();
  clock.setTimeAlert('alert', 5n, { handler });
  clock.advanceTime(5n);
  assert.equal(await answered, ['alert', '5']);
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  handler.handle(new Events(0, HANG_UP));
  await exited;
  using manager = new EventManager({ onHandlerError: 'report', onError: (e) => errors.push(e) });
  const errors: unknown[] = [];
  using bell = new EventFd(1);
  manager.addSubscriber(subscriberOf(handler, [new Events(bell, IN)]));
  assert.is(manager.run(), 1);
  assert.ok(withCode('ERR_CLOSED')(errors[0] as Error));
  assert.is(manager.run(), 1, 'the loop goes on');
});

test('F58: a remote handler can be a procedure that another thread exposes', async () => {
  const worker = new Worker(
    `import('${import.meta.resolve('wasm-event-manager')}').then(({ EventManager }) => {
       const { parentPort } = require('node:worker_threads');
       const manager = new EventManager();
       manager.expose({
         seen: (ops, event) => parentPort.postMessage([event.kind, event.data]),
         done: () => manager.stop(),
       });
       const port = manager.remoteEndpoint().share();
       parentPort.postMessage(port, [port]);
       manager.runForever();
     });`,
    { eval: true },
  );
  const next = () => new Promise<unknown>((resolve) => worker.once('message', resolve));
  const endpoint = RemoteEndpoint.from((await next()) as MessagePort);
  const handler = remote(endpoint, 'seen');
  const message = next();
  handler.handle(new Events(5, IN, 8));
  assert.equal(await message, ['fd', 8]);
  endpoint.fire('done');
  await new Promise((resolve) => worker.once('exit', resolve));
  endpoint.close();
  assert.throws(() => handler.handle(new Events(5, IN, 8)), withCode('ERR_CLOSED'));
});

test('bad input: what is no handler is refused by name', () => {
  const invalid = withCode('ERR_INVALID_ARG_TYPE');
  assert.throws(() => js(7 as never), invalid);
  assert.throws(() => js({} as never), invalid);
  assert.throws(() => remote({} as never), invalid);
  assert.throws(() => remote(null as never), invalid);
  assert.throws(() => subscriberOf((() => {}) as never), invalid);
  const clock = new TestClock();
  assert.throws(() => clock.setDefaultHandler(7 as never), invalid);
  assert.throws(() => clock.setTimer('t', 1n, { handler: {} as never }), invalid);
  assert.not(isHandler({ kind: 'js', handle: () => {} }));
});

test.run();
