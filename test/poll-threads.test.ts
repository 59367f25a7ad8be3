import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventSet } from 'wasm-event-manager';
import { Events, Interest, Poll, Registry, Token, Waker } from 'wasm-event-manager/poll';
import { startScenario } from './fixtures/threads.js';

const test = suite<{ poll: Poll; events: Events; bell: EventFd }>('a poll and other threads');

test.before.each((state) => {
  state.poll = new Poll();
  state.events = new Events(16);
  state.bell = new EventFd(1);
});
test.after.each(({ poll, bell }) => {
  poll.close();
  bell.close();
});

const start = <T>(scenario: string, data: object) =>
  startScenario<T>('poll-worker.js', scenario, data);

test('S36, F81: another thread registers while the owner is blocked in poll', async (state) => {
  const { poll, events, bell } = state;
  const { result } = start('register', { poll: poll.registry.share(), fd: bell.fd });
  // Nothing is registered yet: only what comes meanwhile can end this.
  assert.is(poll.poll(events, 10_000), 1);
  assert.is([...events][0]!.token, 7);
  await result;
});

test('S36: another thread reregisters and deregisters meanwhile', async (state) => {
  const { poll, events, bell } = state;
  bell.read();
  poll.registry.register(bell, Token(7), Interest.READABLE);
  const data = { poll: poll.registry.share(), fd: bell.fd };
  const reregister = start<string>('reregister', data);
  assert.is(poll.poll(events, 10_000), 1);
  const [event] = events;
  assert.equal([event!.token, event!.writable, event!.readable], [8, true, false]);
  assert.is(await reregister.result, 'ERR_FD_ALREADY_REGISTERED');
  assert.is(await start<string>('deregister', data).result, 'ERR_NOT_REGISTERED');
  assert.is(poll.poll(events, 0), 0);
});

test('F73: a waker ends the wait from another thread', async (state) => {
  const { poll, events } = state;
  using waker = new Waker(poll.registry, Token(3));
  const { result } = start('wake', { waker: waker.share() });
  assert.is(poll.poll(events, 10_000), 1);
  assert.is([...events][0]!.token, 3);
  await result;
  // However many of the hundred came after the first look, they are one event.
  const after = poll.poll(events, 0);
  assert.ok(after <= 1);
  assert.is(poll.poll(events, 0), 0);
});

test('a registry is shared with any number of threads, and cloned', async ({
  poll,
  events,
  bell,
}) => {
  Registry.from(structuredClone(poll.registry.share())).register(bell, Token(1), Interest.READABLE);
  assert.is(poll.poll(events, 0), 1);
  poll.registry.tryClone().deregister(bell);
  assert.is(poll.poll(events, 0), 0);
});

test('S34, F82: register races with close, and then gets ERR_CLOSED', async () => {
  for (let round = 0; round < 4; round += 1) {
    const poll = new Poll();
    const words = new Int32Array(new SharedArrayBuffer(8));
    const running = [0, 1].map((index) =>
      start<unknown[]>('raceWithClose', { poll: poll.registry.share(), words, index }),
    );
    const end = performance.now() + 10_000;
    const atWork = () => Math.min(Atomics.load(words, 0), Atomics.load(words, 1)) > 100;
    while (!atWork() && performance.now() < end) await setTimeout(1);
    assert.ok(atWork());
    poll.close();
    // The number is somebody else's at once; a late registration would hit it.
    using bystander = new Poll();
    for (const { result } of running) assert.equal(await result, ['ERR_CLOSED', 'ERR_CLOSED']);
    assert.is(bystander.poll(new Events(4), 0), 0);
  }
});

test('F84: of several threads that wait, each one-shot event goes to one', async (state) => {
  const { poll } = state;
  const bells = Array.from({ length: 60 }, () => new EventFd());
  const oneShot = Interest.READABLE.oneShot();
  for (const [i, bell] of bells.entries()) poll.registry.register(bell, Token(i + 1), oneShot);
  const running = Array.from({ length: 3 }, () => start<number[]>('share', { poll: poll.share() }));
  for (const bell of bells) {
    bell.write();
    await setTimeout(2);
  }
  await setTimeout(200);
  using end = new EventFd(1);
  poll.registry.register(end, Token(0), EventSet.IN);
  const taken = (await Promise.all(running.map(({ result }) => result))).flat();
  assert.equal(
    taken.sort((a, b) => a - b),
    bells.map((_, i) => i + 1),
  );
  for (const bell of bells) bell.close();
});

test('S43: a worker that is blocked in poll can be terminated', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('wasm-event-manager/poll'))}).then((library) => {
      const poll = new library.Poll();
      parentPort.postMessage('blocked');
      poll.poll(new library.Events(4));
    });`;
  for (let i = 0; i < 3; i += 1) {
    const worker = new Worker(source, { eval: true });
    await once(worker, 'message');
    const ended = worker.terminate().then(() => 'ended');
    const late = setTimeout(20_000, 'still there', { ref: false });
    assert.is(await Promise.race([ended, late]), 'ended');
  }
});

test.run();
