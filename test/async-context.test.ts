import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, interest } from 'wasm-event-manager';

test('a handler that is bound keeps the AsyncLocalStorage of its registration', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const handler = () => void seen.push(storage.getStore());
  storage.run('registered', () => {
    const builder = interest().read().withFd(bell);
    builder.withHandler(AsyncResource.bind(handler)).registerInto(manager);
  });
  storage.run('run', () => manager.run());
  assert.equal(seen, ['registered']);
});

test.run();
