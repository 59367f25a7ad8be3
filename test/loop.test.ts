import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';

test('runs', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, EventSet.IN)),
    process: () => void bell.read(),
  });
  assert.is(manager.run(), 1);
});

test.run();
