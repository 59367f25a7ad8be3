import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextRound } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  type EventManagerError,
  EventSet,
  Events,
  interest,
} from 'wasm-event-manager';
import { LiveClock } from 'wasm-event-manager/clock';
import { rounds, until, watched } from './fixtures/attached.js';
import { withCode } from './fixtures/configurations.js';

const { IN, EDGE_TRIGGERED, ONE_SHOT } = EventSet;

test('S27: what is ready is dispatched in the loop of Node, which goes on', async () => {
  using manager = new EventManager();
  const { bell, read } = watched(manager);
  using attachment = manager.attach();
  assert.is(attachment.detached, false);
  let ticks = 0;
  const interval = setInterval(() => {
    ticks += 1;
  }, 1);
  bell.write(3n);
  await until(() => read.length === 1 && ticks > 2);
  bell.write(4n);
  await until(() => read.length === 2);
  clearInterval(interval);
  assert.equal(read, [3n, 4n]);
});

/** The fds that each epoll instance of this process watches. */
function watchedByEpoll(): Map<number, number[]> {
  const instances = new Map<number, number[]>();
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`) !== 'anon_inode:[eventpoll]') continue;
      const info = readFileSync(`/proc/self/fdinfo/${name}`, 'utf8');
      const targets = [...info.matchAll(/^tfd:\s*(\d+)/gm)].map(([, fd]) => Number(fd));
      instances.set(Number(name), targets);
    } catch {
      // The fd that listed the others.
    }
  }
  return instances;
}

test('S27: libuv is given epoll fds, and never a fd of the user', async () => {
  using manager = new EventManager();
  const { bell, read } = watched(manager);
  using _attachment = manager.attach();
  bell.write();
  await until(() => read.length === 1);
  await rounds();
  // Its own number, and that which libuv watches.
  const instances = watchedByEpoll();
  const holders = [...instances.keys()].filter((epfd) => instances.get(epfd)!.includes(bell.fd));
  assert.is(holders.length, 2);
  const around = [...instances.values()].filter((fds) => fds.some((fd) => holders.includes(fd)));
  assert.is(around.length, 1, 'one of them is watched by libuv, and by nobody else');
});

test('S27: each wake-up takes everything that is ready', async () => {
  using manager = new EventManager();
  const bells = Array.from({ length: 100 }, () => watched(manager));
  using _attachment = manager.attach();
  for (const { bell } of bells) bell.write();
  await until(() => bells.every(({ read }) => read.length === 1));
  assert.is(manager.metrics().dispatched, 100);
  assert.ok(manager.metrics().waits <= 10, `${manager.metrics().waits} waits`);
});

test('S27: several managers run side by side, and nested ones inside each other', async () => {
  using outer = new EventManager();
  using inner = new EventManager();
  using beside = new EventManager();
  const [first, second] = [watched(inner), watched(beside)];
  interest()
    .read()
    .withFd(inner)
    .withHandler(() => void inner.runWithTimeout(0))
    .registerInto(outer as EventManager);
  using _outer = outer.attach();
  using _beside = beside.attach();
  first.bell.write(1n);
  second.bell.write(2n);
  await until(() => first.read.length === 1 && second.read.length === 1);
});

test('S27: a nest that would be too deep is refused where it is made', async () => {
  const managers = [new EventManager()];
  let refused: unknown;
  while (!refused && managers.length < 10) {
    const outer = new EventManager();
    try {
      outer.addSubscriber({
        init: (ops) => ops.add(new Events(managers.at(-1)!, IN)),
        process: () => {},
      });
      managers.push(outer);
      outer.attach().detach();
    } catch (error) {
      refused = error;
      if (managers.at(-1) !== outer) outer.close();
    }
  }
  assert.ok(withCode('ERR_NESTING_TOO_DEEP')(refused as EventManagerError), String(refused));
  await rounds();
  for (const manager of managers) manager.close();
});

test('S27: a rebuilt epoll instance is followed', async () => {
  using manager = new EventManager({ staleRunMax: 3 });
  const { bell, read } = watched(manager);
  using _attachment = manager.attach();
  // A file that lives on through its clone, and whose registration is gone: a ghost.
  const ghost = new EventFd(1);
  const clone = ghost.clone();
  const id = manager.addSubscriber({
    init: (ops) => ops.add(new Events(ghost, IN)),
    process: () => {},
  });
  ghost.close();
  manager.removeSubscriber(id);
  await until(() => manager.metrics().rebuilds === 1);
  bell.write(9n);
  await until(() => read.length === 1);
  clone.close();
});

test('S28: an error goes by the policy, and the loop goes on', async () => {
  const reported: string[] = [];
  for (const onHandlerError of ['report', 'remove', 'stop'] as const) {
    using manager = new EventManager({
      onHandlerError,
      onError: (error) => reported.push(`${onHandlerError}: ${(error as Error).message}`),
    });
    const { bell, read } = watched(manager);
    const bad = new EventFd(1);
    const registration = interest(ONE_SHOT)
      .read()
      .withOwned(bad)
      .withHandler(() => {
        throw new Error('bad');
      })
      .registerInto(manager);
    using attachment = manager.attach();
    await until(() => reported.at(-1) === `${onHandlerError}: bad`);
    assert.is(registration.removed, onHandlerError === 'remove');
    assert.is(attachment.detached, onHandlerError === 'stop');
    bell.write();
    if (attachment.detached) assert.is(manager.runWithTimeout(0), 1);
    else await until(() => read.length === 1);
  }
  assert.is(reported.length, 3);
});

test('S30: promises and nextTick run between batches, and not in a blocking run', async () => {
  using manager = new EventManager();
  const order: string[] = [];
  const bell = new EventFd();
  const registration = interest()
    .read()
    .withOwned(bell)
    .withHandler(({ source }) => {
      source.read();
      order.push('handler');
      process.nextTick(() => order.push('tick'));
      queueMicrotask(() => order.push('microtask'));
    })
    .registerInto(manager);
  for (const _ of [1, 2]) {
    bell.write();
    manager.run();
  }
  assert.equal(order, ['handler', 'handler']);
  await rounds();
  order.length = 0;
  using _attachment = manager.attach();
  for (const length of [3, 6]) {
    bell.write();
    await until(() => order.length === length);
  }
  assert.equal(order, ['handler', 'tick', 'microtask', 'handler', 'tick', 'microtask']);
  registration.remove();
});

test('bad input: a fd closed under attach, a bad one and a regular file harm nobody', async () => {
  using manager = new EventManager();
  const { bell, read } = watched(manager);
  using _attachment = manager.attach();
  const closed = new EventFd(1);
  const id = manager.addSubscriber({
    init: (ops) => ops.add(new Events(closed, IN)),
    process: () => {},
  });
  closed.close();
  await rounds();
  manager.removeSubscriber(id);
  const ops = manager.eventOps(manager.addSubscriber({ process: () => {} }));
  assert.throws(() => ops.add(new Events(1_000_000, IN)), withCode('EBADF'));
  bell.write();
  await until(() => read.length === 1);
});

test('a blocking run, an injection and a timer work while attached', async () => {
  using manager = new EventManager();
  const { bell, read } = watched(manager);
  using _attachment = manager.attach();
  bell.write(7n);
  assert.is(manager.runWithTimeout(1_000), 1);
  const injected: boolean[] = [];
  const id = manager.addSubscriber({ process: (events) => void injected.push(events.injected) });
  manager.inject(id, new Events(bell, IN));
  const clock = new LiveClock(manager);
  const fired: unknown[] = [];
  clock.setTimer('tick', 1_000_000n, { handler: (event) => void fired.push(event) });
  await until(() => injected.length === 1 && fired.length >= 3);
  clock.dispose();
  assert.equal(read, [7n]);
});

test('F17: a budget leaves the rest for the next round, and others get in between', async () => {
  using manager = new EventManager({ budget: { events: 10 } });
  const bells = Array.from({ length: 50 }, () => new EventFd(1));
  const order: string[] = [];
  manager.addSubscriber({
    init: (ops) => ops.addAll(bells.map((bell) => new Events(bell, (IN | EDGE_TRIGGERED) >>> 0))),
    process: () => void order.push('event'),
  });
  using _attachment = manager.attach();
  while (manager.metrics().dispatched < 50 && order.length < 1_000) {
    await nextRound();
    order.push('other');
  }
  assert.is(order.filter((each) => each === 'event').length, 50);
  assert.match(order.join(), /event,(other,)+event/);
  for (const bell of bells) bell.close();
});

test.run();
