import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, interest } from 'wasm-event-manager';
import { RealKernel } from './fixtures/kernels.js';

test('S3: a registration whose fd was found closed has ended, and tells', () => {
  const kernel = new RealKernel();
  const manager = new EventManager();
  type Source = { fd: number; close(): void };
  const ways = {
    withFd: (source: Source) => interest().read().withFd(source),
    withOwned: (source: Source) => interest().read().withOwned(source),
    withShared: (source: Source) => interest().read().withShared(source),
  };
  for (const [name, way] of Object.entries(ways)) {
    const reasons: string[] = [];
    const fd = kernel.eventfd();
    let closed = 0;
    const source = {
      fd,
      close: () => {
        closed += 1;
      },
    };
    const registration = way(source)
      .withHandler(() => {})
      .withEnd((reason) => void reasons.push(reason))
      .registerInto(manager);
    kernel.close(fd);
    assert.is(kernel.eventfd(), fd, 'the number is given again');
    const successor = way(source)
      .withHandler(() => {})
      .registerInto(manager);
    assert.ok(registration.removed, name);
    assert.equal(reasons, ['evicted']);
    assert.is(closed, name === 'withOwned' ? 1 : 0);
    assert.is(manager.metrics().subscribers, 1, 'its subscriber is gone, too');
    registration.remove();
    successor.remove();
    kernel.close(fd);
  }
  manager.close();
});

test('the end is told once, with its reason, when it is removed or its manager closed', () => {
  const reasons: string[] = [];
  using bell = new EventFd();
  const description = interest()
    .read()
    .withFd(bell)
    .withHandler(() => {})
    .withEnd((reason) => void reasons.push(reason));
  const manager = new EventManager();
  const registration = description.registerInto(manager);
  registration.remove();
  registration.remove();
  description.registerInto(manager);
  manager.close();
  assert.equal(reasons, ['removed', 'removed']);
  assert.throws(
    () => description.withEnd(null as never),
    (error: { code: string }) => error.code === 'ERR_INVALID_ARG_TYPE',
  );
});

test.run();
