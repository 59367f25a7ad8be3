import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bridgeNats, MessageBus } from 'wasm-event-manager/bus';
import { NatsServer, natsMissing } from './fixtures/nats-server.js';

/** What the real server does with messages that it doesn't take. */

if (natsMissing) console.log(`SKIPPED nats-server: ${natsMissing}`);
const served = natsMissing ? test.skip : test;

async function withServer(
  configuration: string,
  run: (connection: { servers: string; reconnectTimeWait: number }) => Promise<void>,
): Promise<void> {
  const server = await NatsServer.start(configuration);
  try {
    await run({ servers: server.address, reconnectTimeWait: 20 });
  } finally {
    await server.remove();
  }
}

served('what the server forbids is refused with its reason; subscriptions are told', () => {
  const users = `authorization { users = [ { user: u, password: p, permissions: {
    publish: { deny: ["secret.>", "quo\\"te"] }, subscribe: { deny: "hidden" } } } ] }`;
  return withServer(users, async (connection) => {
    const bus = new MessageBus();
    const errors: Error[] = [];
    const bridge = await bridgeNats(
      bus,
      { ...connection, user: 'u', pass: 'p' },
      { outgoing: ['*'], incoming: ['hidden'], onError: (error) => errors.push(error as Error) },
    );
    for (let i = 0; i < 3_000; i += 1) bus.publish(i % 3 ? 'open' : `secret.${i % 2}`, i);
    await bridge.flush();
    const { taken, confirmed, refused, queued, lost } = bridge.metrics;
    assert.equal([taken, confirmed, refused, queued, lost], [3_000, 2_000, 1_000, 0, 0]);
    assert.is(errors.length, 1_001);
    assert.ok(errors.some(({ message }) => /Subscription to "hidden"/.test(message)));
    await bridge.close();
  });
});

served('a control line beyond the limit of the server is refused, the rest is confirmed', () =>
  withServer('max_control_line: 512', async (connection) => {
    const bus = new MessageBus();
    const errors: Error[] = [];
    const onError = (error: unknown) => void errors.push(error as Error);
    const bridge = await bridgeNats(bus, connection, { outgoing: ['*'], onError });
    const received = new Set<unknown>();
    const there = new MessageBus();
    there.subscribe('*', (message) => void received.add(message));
    const reader = await bridgeNats(there, connection, { incoming: ['>'] });
    for (let i = 0; i < 200; i += 1) bus.publish(i === 50 ? 'x'.repeat(2_000) : 'short', i);
    await bridge.flush();
    const { taken, confirmed, refused, lost } = bridge.metrics;
    assert.equal([taken, confirmed, refused, lost], [200, 199, 1, 0]);
    await sleep(50);
    assert.is(received.size, 199);
    assert.ok(errors.some(({ message }) => /x….*control line/i.test(message)));
    await bridge.close();
    await reader.close();
  }),
);

served('two bridges of one bus to one server make no storm', () =>
  withServer('', async (connection) => {
    const bus = new MessageBus();
    let heard = 0;
    bus.subscribe('x', () => {
      heard += 1;
    });
    const both = { outgoing: ['x'], incoming: ['x'] };
    const one = await bridgeNats(bus, connection, both);
    const two = await bridgeNats(bus, connection, both);
    bus.publish('x', 1);
    await one.flush();
    await two.flush();
    await sleep(200);
    assert.ok(heard <= 3, `heard ${heard} times`);
    assert.is(one.metrics.taken + two.metrics.taken, 2);
    await one.close();
    await two.close();
  }),
);

test.run();
