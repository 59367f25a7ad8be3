import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { bridgeNats, MessageBus, type NatsBridge } from 'wasm-event-manager/bus';
import { withCode } from './fixtures/configurations.js';
import { NatsServer, natsMissing } from './fixtures/nats-server.js';

const LIMIT_MS = 15_000;

if (natsMissing) console.log(`SKIPPED nats: ${natsMissing}`);
const served = natsMissing ? test.skip : test;

let server: NatsServer;
const bridges: NatsBridge[] = [];
test.before(async () => {
  if (!natsMissing) server = await NatsServer.start();
});
test.after.each(async () => {
  for (const bridge of bridges.splice(0)) await bridge.close({ timeoutMs: 0 }).catch(() => {});
});
test.after(() => server?.stop());

type Options = Parameters<typeof bridgeNats>[2];

async function bridged(bus: MessageBus, options: Options): Promise<NatsBridge> {
  const connection = { servers: server.address, reconnectTimeWait: 50 };
  const bridge = await bridgeNats(bus, connection, options);
  bridges.push(bridge);
  return bridge;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `in vain: ${condition}`);
    await sleep(5);
  }
}

async function rejection(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
}

served('F99: what is published on one bus arrives on the other, once', async () => {
  const [here, there] = [new MessageBus(), new MessageBus()];
  const seen: unknown[] = [];
  for (const [name, bus] of Object.entries({ here, there })) {
    bus.subscribe('*', (message, topic) => void seen.push([name, topic, message]));
  }
  const one = await bridged(here, { outgoing: ['orders.*'], incoming: ['prices.>'] });
  await bridged(there, { outgoing: ['prices.*'], incoming: ['orders.>'] });
  here.publish('orders.1', { quantity: 3 });
  there.publish('prices.oil', [71.2, 71.3]);
  there.publish('private', null);
  await until(() => seen.length === 5);
  await sleep(50);
  assert.equal(seen.map((each) => JSON.stringify(each)).sort(), [
    '["here","orders.1",{"quantity":3}]',
    '["here","prices.oil",[71.2,71.3]]',
    '["there","orders.1",{"quantity":3}]',
    '["there","prices.oil",[71.2,71.3]]',
    '["there","private",null]',
  ]);
  assert.is(one.metrics.confirmed, 1);
  assert.is(one.metrics.received, 1);
});

served('F99: a server that dies in the middle costs no message', async () => {
  const count = 2_000;
  const [here, there] = [new MessageBus(), new MessageBus()];
  const seen = new Set<number>();
  there.subscribe('numbers', (number) => void seen.add(number as number));
  const sender = await bridged(here, { outgoing: ['numbers'] });
  const receiver = await bridged(there, { incoming: ['numbers'] });
  const send = (from: number, to: number) => {
    for (let i = from; i < to; i += 1) here.publish('numbers', i);
  };
  send(0, 500);
  await until(() => seen.size === 500);
  send(500, 1_000);
  await server.stop();
  await until(() => !sender.metrics.connected && !receiver.metrics.connected);
  send(1_000, count);
  assert.ok(sender.metrics.queued >= 1_000);
  await server.start();
  await until(() => sender.metrics.connected && receiver.metrics.connected);
  await sender.flush();
  assert.is(sender.metrics.confirmed, count);
  assert.equal([sender.metrics.queued, sender.metrics.lost], [0, 0]);
  // NATS keeps nothing for those who aren't there yet; who is gets what comes.
  here.publish('numbers', count);
  await until(() => seen.has(count));
  assert.ok(sender.metrics.reconnects >= 1);
});

served('F83: while the server is away the outbox is bounded, and says so', async () => {
  const bus = new MessageBus();
  const bridge = await bridged(bus, { outgoing: ['*'], queueMax: 10 });
  await server.stop();
  await until(() => !bridge.metrics.connected);
  for (let i = 0; i < 10; i += 1) bus.publish('topic', i);
  for (let i = 0; i < 3; i += 1) {
    assert.throws(() => bus.publish('topic', 'too much'), withCode('ERR_QUEUE_FULL'));
  }
  assert.is(bridge.metrics.queued, 10);
  assert.is(bridge.metrics.overflowed, 3);
  await server.start();
  await bridge.flush();
  assert.is(bridge.metrics.confirmed, 10);
  bus.publish('topic', 'room again');
  await bridge.close();
  assert.is(bridge.metrics.confirmed, 11);
});

served('it ends in time when the server does not come back, and counts what is lost', async () => {
  const bus = new MessageBus();
  const bridge = await bridged(bus, { outgoing: ['*'], onError: () => {} });
  await server.stop();
  await until(() => !bridge.metrics.connected);
  bus.publish('topic', 1);
  bus.publish('topic', 2);
  assert.is(await rejection(bridge.close({ timeoutMs: 50 })), 'ERR_TIMED_OUT');
  assert.is(bridge.metrics.lost, 2);
  bus.publish('topic', 3);
  await server.start();
});

served('it works for the bus of an attached manager', async () => {
  using manager = new EventManager();
  using attachment = manager.attach();
  const [here, there] = [new MessageBus(manager), new MessageBus()];
  const seen: unknown[] = [];
  here.subscribe('back', (message) => void seen.push(message));
  there.subscribe('forth', (message) => there.publish('back', message));
  await bridged(here, { outgoing: ['forth'], incoming: ['back'] });
  await bridged(there, { outgoing: ['back'], incoming: ['forth'] });
  here.publish('forth', 'and back');
  await until(() => seen.length === 1);
  assert.equal(seen, ['and back']);
  assert.is(attachment.detached, false);
});

served('bad input: echoes, payloads that are none, subjects that are none', async () => {
  const { connect } = createRequire(import.meta.url)('@nats-io/transport-node');
  const connection = await connect({ servers: server.address });
  const bus = new MessageBus();
  const both = { outgoing: ['a'], incoming: ['b'] };
  assert.is(await rejection(bridgeNats(bus, connection, both)), 'ERR_WOULD_ECHO');
  const errors: unknown[] = [];
  const bridge = await bridged(bus, {
    incoming: ['in'],
    outgoing: ['out', 'bad subject'],
    onError: (error) => errors.push(error),
  });
  connection.publish('in', 'no JSON');
  await until(() => errors.length === 1);
  assert.is(bridge.metrics.undeliverable, 1);
  assert.throws(() => bus.publish('bad subject', 1));
  assert.throws(() => bus.publish('out', () => {}), TypeError);
  bus.publish('out', 1);
  await bridge.flush();
  assert.is(bridge.metrics.confirmed, 1);
  await connection.close();
});

test('bad input: nobody listens, and what is no connection', async () => {
  const bus = new MessageBus();
  const nobody = { servers: '127.0.0.1:1', reconnect: false, timeout: 1_000 };
  assert.ok(await bridgeNats(bus, nobody, { outgoing: ['*'] }).catch((error) => error));
  assert.is(await rejection(bridgeNats(bus, null as never, {})), 'ERR_INVALID_ARG_TYPE');
  bus.close();
  assert.is(await rejection(bridgeNats(bus, nobody, {})), 'ERR_CLOSED');
});

test.run();
