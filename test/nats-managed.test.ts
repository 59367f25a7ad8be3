import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { until, withServer } from './fixtures/nats-stand.js';

test('on a managed bus flush waits for the turns, and close sends what was published', async () => {
  using manager = new EventManager();
  const attachment = manager.attach();
  const bus = new MessageBus(manager);
  await withServer(
    {},
    { outgoing: ['*'] },
    async ({ bridge, server }) => {
      for (let i = 0; i < 100; i += 1) bus.publish('t', i);
      await bridge.flush();
      assert.is(bridge.metrics.confirmed, 100);
      for (let i = 0; i < 100; i += 1) bus.publish('t', i);
      const closed = bridge.close();
      bus.publish('t', 'too late');
      await closed;
      const { taken, confirmed, lost } = bridge.metrics;
      assert.equal([taken, confirmed, lost], [200, 200, 0]);
      assert.is(server.received.length, 200);
    },
    bus,
  );
  attachment.detach();
});

test('a full queue of a managed bus keeps what comes in until there is room', async () => {
  using manager = new EventManager();
  const attachment = manager.attach();
  const bus = new MessageBus(manager, { queueMax: 100 });
  const seen: unknown[] = [];
  bus.subscribe('in', (message) => void seen.push(message));
  await withServer(
    {},
    { incoming: ['in'] },
    async ({ bridge, server, errors }) => {
      for (let i = 0; i < 5_000; i += 1) server.send('in', String(i));
      await until(() => seen.length === 5_000);
      assert.equal(
        seen,
        Array.from({ length: 5_000 }, (_, i) => i),
      );
      const { received, undeliverable, held } = bridge.metrics;
      assert.equal([received, undeliverable, held, errors.length], [5_000, 0, 0, 0]);
    },
    bus,
  );
  attachment.detach();
});

test('S53: what comes in beyond all room is told once, and its number at the end', async () => {
  using manager = new EventManager();
  const bus = new MessageBus(manager, { queueMax: 10 });
  await withServer(
    {},
    { incoming: ['in'], queueMax: 20 },
    async ({ bridge, server, errors }) => {
      for (let i = 0; i < 1_000; i += 1) server.send('in', String(i));
      await until(() => bridge.metrics.undeliverable === 970);
      assert.equal(
        errors.map(({ code }) => code),
        ['ERR_QUEUE_FULL'],
      );
      while (bridge.metrics.held > 0) manager.runWithTimeout(0);
      assert.is(errors.length, 2);
      assert.match(errors[1]!.message, /^970 messages/);
      const { received, undeliverable } = bridge.metrics;
      assert.equal([received, undeliverable], [30, 970]);
    },
    bus,
  );
});

test.run();
