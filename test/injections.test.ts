import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, EventSet, Events } from 'wasm-event-manager';
import { gate, until } from './fixtures/attached.js';

const { IN } = EventSet;

test('F60: a long backlog of injected events is kept, and delivered one by one', async () => {
  using manager = new EventManager();
  const backlog = 130_000;
  let seen = 0;
  const id = manager.addSubscriber({
    process: ({ data }) => {
      assert.is(data, seen);
      seen += 1;
      return data < 1_000 ? Promise.resolve() : undefined;
    },
  });
  using _attachment = manager.attach();
  for (let data = 0; data < backlog; data += 1) manager.inject(id, new Events(0, IN, data));
  await until(() => seen === backlog);
  assert.is(manager.metrics().handlerErrors, 0);
});

test('S33: injected events that wait are bounded', () => {
  using manager = new EventManager();
  let calls = 0;
  const process = () => {
    calls += 1;
  };
  const id = manager.addSubscriber({ process });
  const events = new Events(0, IN);
  for (let i = 0; i < 2 ** 20; i += 1) manager.inject(id, events);
  assert.throws(() => manager.inject(id, events), /ERR_QUEUE_FULL|wait already/);
  manager.run();
  assert.is(calls, 2 ** 20);
  manager.inject(id, events);
  assert.is(manager.run(), 1);
});

test('what waits for a promise of a subscriber that was removed is gone with it', async () => {
  using manager = new EventManager();
  let calls = 0;
  const id = manager.addSubscriber({
    process: () => {
      calls += 1;
      return new Promise<void>(() => {});
    },
  });
  using _attachment = manager.attach();
  for (let i = 0; i < 10; i += 1) manager.inject(id, new Events(0, IN));
  await until(() => calls === 1);
  await sleep(10);
  manager.removeSubscriber(id);
  await sleep(10);
  const other = manager.addSubscriber({
    process: () => {
      calls += 1;
    },
  });
  manager.inject(other, new Events(0, IN));
  await until(() => calls === 2);
});

test('F60: what is injected meanwhile is kept, in order', async () => {
  using manager = new EventManager();
  const { promise, open } = gate();
  const seen: number[] = [];
  const id = manager.addSubscriber({
    process: ({ data }) => {
      seen.push(data);
      return data === 1 ? promise : undefined;
    },
  });
  using _attachment = manager.attach();
  for (const data of [1, 2, 3]) manager.inject(id, new Events(0, IN, data));
  await until(() => seen.length === 1);
  manager.inject(id, new Events(0, IN, 4));
  await sleep(10);
  assert.equal(seen, [1]);
  open();
  await until(() => seen.length === 4);
  assert.equal(seen, [1, 2, 3, 4]);
});

test.run();
