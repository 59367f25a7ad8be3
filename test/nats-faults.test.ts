import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MessageBus } from 'wasm-event-manager/bus';
import { withCode } from './fixtures/configurations.js';
import { until, withServer } from './fixtures/nats-stand.js';
import { randomFrom } from './fixtures/random.js';
import type { ScriptedNatsOptions } from './fixtures/scripted-nats.js';

test('what the server forbids is refused, and told, and not confirmed', () => {
  const received: string[] = [];
  const onPublish: ScriptedNatsOptions['onPublish'] = (subject, payload, socket) => {
    if (subject === 'secret') {
      socket.write(`-ERR 'Permissions Violation for Publish to "${subject}"'\r\n`);
    } else {
      received.push(payload);
    }
  };
  return withServer({ onPublish }, { outgoing: ['*'] }, async ({ bus, bridge, errors }) => {
    for (let i = 0; i < 50; i += 1) bus.publish(i % 5 ? 'open' : 'secret', i);
    await bridge.flush();
    const { taken, confirmed, refused, queued } = bridge.metrics;
    assert.equal([taken, confirmed, refused, queued], [50, 40, 10, 0]);
    assert.is(received.length, 40);
    assert.is(errors.length, 10);
    assert.is(errors[0]!.code, 'ERR_MESSAGE_REFUSED');
    assert.match(errors[0]!.message, /secret.*Permissions Violation/);
  });
});

for (const words of ["-ERR 'Maximum Control Line Exceeded'\r\n", '']) {
  const how = words ? 'with words' : 'without a word';
  test(`a message at which the server cuts the connection ${how} is refused, the others go`, () => {
    const received = new Set<string>();
    const onPublish: ScriptedNatsOptions['onPublish'] = (subject, payload, socket) => {
      if (subject === 'poison') socket.end(words);
      else received.add(payload);
    };
    return withServer({ onPublish }, { outgoing: ['*'] }, async ({ bus, bridge, errors }) => {
      for (let i = 0; i < 40; i += 1) bus.publish(i === 7 || i === 23 ? 'poison' : 'good', i);
      await bridge.flush();
      const { taken, confirmed, refused, lost } = bridge.metrics;
      assert.equal([taken, confirmed, refused, lost], [40, 38, 2, 0]);
      assert.is(received.size, 38);
      assert.ok(errors.some(({ code }) => code === 'ERR_MESSAGE_REFUSED'));
    });
  });
}

test('cuts at random: each message is confirmed, and has arrived', () => {
  const seed = 44;
  const random = randomFrom(seed);
  const received = new Set<string>();
  const onPublish: ScriptedNatsOptions['onPublish'] = (_, payload, socket) => {
    if (random(150) === 0) socket.destroy();
    else received.add(payload);
  };
  return withServer({ onPublish }, { outgoing: ['*'] }, async ({ bus, bridge }) => {
    for (let i = 0; i < 300; i += 1) {
      bus.publish('t', i);
      if (i % 50 === 0) await sleep(1);
    }
    await bridge.flush();
    const { taken, confirmed, refused, lost } = bridge.metrics;
    assert.is(taken, 300, `seed ${seed}`);
    assert.is(confirmed + refused + lost, 300);
    assert.is(lost, 0);
    assert.ok(received.size >= confirmed, `${received.size} of ${confirmed} arrived`);
  });
});

test('a server that reads and never answers: what is left at close is lost, and counted', () => {
  let silent = false;
  return withServer({ onPing: () => !silent }, { outgoing: ['*'] }, async ({ bus, bridge }) => {
    bus.publish('t', 0);
    await bridge.flush();
    silent = true;
    for (let i = 0; i < 10; i += 1) bus.publish('t', i);
    const code = await bridge.close({ timeoutMs: 50 }).catch((error) => error.code);
    assert.is(code, 'ERR_TIMED_OUT');
    const { taken, confirmed, lost, queued } = bridge.metrics;
    assert.equal([taken, confirmed, lost, queued], [11, 1, 10, 0]);
  });
});

for (const options of [{ outgoing: ['*'] }, { incoming: ['in'] }]) {
  const kind = Object.keys(options)[0];
  test(`a connection that has ended for good is told once (${kind})`, () =>
    withServer(
      {},
      options,
      async ({ bus, bridge, errors, server }) => {
        server.cutAll();
        await until(() => errors.length > 0);
        await sleep(20);
        assert.is(errors.length, 1);
        assert.is(bridge.metrics.connected, false);
        if (kind === 'incoming') return;
        assert.throws(() => bus.publish('t', 1), withCode('ERR_CLOSED'));
        const { taken, rejected } = bridge.metrics;
        assert.equal([taken, rejected], [0, 1]);
        await bridge.flush();
      },
      new MessageBus(),
      { reconnect: false },
    ));
}

test('a connection that ends with messages on their way counts them as lost', () =>
  withServer(
    { onPing: (socket) => socket.bytesRead < 400 },
    { outgoing: ['*'] },
    async ({ bus, bridge, errors, server }) => {
      for (let i = 0; i < 200; i += 1) bus.publish('t', i);
      await sleep(20);
      server.cutAll();
      await until(() => errors.length > 0);
      await bridge.flush();
      const { taken, confirmed, lost, queued } = bridge.metrics;
      assert.equal([taken, confirmed, lost, queued], [200, 0, 200, 0]);
      assert.is(errors[0]!.code, 'ERR_CLOSED');
    },
    new MessageBus(),
    { reconnect: false },
  ));

test('a subject that no server reads is refused to the publisher', () =>
  withServer({}, { outgoing: ['*'] }, async ({ bus, bridge }) => {
    assert.throws(() => bus.publish('\u6f22'.repeat(4_000), 1), withCode('ERR_OUT_OF_RANGE'));
    bus.publish('a'.repeat(4_000), 1);
    await bridge.flush();
    const { taken, confirmed, rejected } = bridge.metrics;
    assert.equal([taken, confirmed, rejected], [1, 1, 1]);
  }));

test.run();
