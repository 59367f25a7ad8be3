import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { callNearEnd, STEPS } from './fixtures/stack-steps.js';

test('S45: a turn that overflows leaves its messages for the next', async () => {
  using manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
  const bus = new MessageBus(manager);
  let calls = 0;
  let overflown = 0;
  for (let i = 0; i < 3; i += 1) {
    bus.subscribe('t', () => {
      calls += 1;
    });
  }
  bus.register('e', () => {
    calls += 1;
  });
  for (let step = 0; step < STEPS; step += 1) {
    bus.publish('t', step);
    bus.send('e', step);
    if (callNearEnd(step, () => void manager.runWithTimeout(0))) overflown += 1;
  }
  while (manager.runWithTimeout(0) > 0);
  const { published, sent, delivered, errors, queued } = bus.counters;
  assert.equal([published, sent, queued], [STEPS, STEPS, 0]);
  assert.is(delivered, STEPS * 4);
  // A fault that there was no room to note came out of the turn.
  assert.ok(calls >= delivered - errors - overflown && calls <= delivered);
});

test.run();
