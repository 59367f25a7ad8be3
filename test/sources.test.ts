import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  EventSet,
  Events,
  interest,
  pipe,
  TimerFd,
} from 'wasm-event-manager';

const openFds = () => readdirSync('/proc/self/fd').length;

test('F95: an eventfd counts, and reads as null when it is empty', () => {
  using bell = new EventFd(2n ** 40n);
  assert.is(bell.read(), 2n ** 40n);
  assert.is(bell.read(), null);
  bell.write(0);
  assert.is(bell.read(), null);
  bell.write();
  bell.write(4);
  bell.write(5n);
  assert.is(bell.read(), 10n);
});

test('F95: a semaphore gives one at a time, also through its clone', () => {
  using bell = new EventFd(2, { semaphore: true });
  using clone = bell.clone();
  assert.is.not(clone.fd, bell.fd);
  assert.equal([bell.read(), clone.read(), bell.read()], [1n, 1n, null]);
  bell.close();
  clone.write();
  assert.is(clone.read(), 1n);
});

test('F95: a timer fires after, at, and every so often', () => {
  using manager = new EventManager();
  using timer = new TimerFd();
  const expired: bigint[] = [];
  interest()
    .read()
    .withFd(timer)
    .withHandler(() => void expired.push(timer.read()!))
    .registerInto(manager);
  timer.set({ afterNs: 2e6 });
  assert.ok(timer.remainingNs() > 0n);
  manager.runWithTimeout(1_000);
  timer.set({ atNs: process.hrtime.bigint() + 2_000_000n });
  manager.runWithTimeout(1_000);
  assert.equal(expired, [1n, 1n]);
  timer.set({ everyNs: 1_000_000n });
  for (let i = 0; i < 3; i += 1) manager.runWithTimeout(1_000);
  assert.is(expired.length, 5);
  timer.clear();
  assert.is(timer.remainingNs(), 0n);
  assert.is(manager.runWithTimeout(5), 0);
  assert.is(timer.read(), null);
});

test('F95: a pipe carries bytes, fills up, and ends', () => {
  const { reader, writer } = pipe();
  const buffer = new Uint8Array(4);
  assert.is(reader.read(buffer), null);
  assert.is(writer.write('hello'), 5);
  assert.is(reader.read(buffer), 4);
  assert.is(reader.read(buffer), 1);
  const chunk = new Uint8Array(65_536);
  while (writer.write(chunk) !== null);
  assert.is(writer.write('x'), null);
  writer.close();
  while ((reader.read(chunk) ?? 0) > 0);
  assert.is(reader.read(chunk), 0);
  reader.close();
});

test('F108, F36: what is opened is closed, once, and by using too', () => {
  const before = openFds();
  {
    using manager = new EventManager();
    using bell = new EventFd();
    using timer = new TimerFd();
    manager.addSubscriber({
      init: (ops) => ops.addAll([new Events(bell, EventSet.IN), new Events(timer, EventSet.IN)]),
      process: () => {},
    });
    assert.is(openFds(), before + 3);
    assert.ok(manager.fd > 0);
    timer.close();
  }
  assert.is(openFds(), before);
  for (let i = 0; i < 1_000; i += 1) {
    const manager = new EventManager();
    assert.ok(manager.fd > 0);
    manager.close();
  }
  assert.is(openFds(), before);
});

test('adopted fds are closed with their object', () => {
  const before = openFds();
  const bell = new EventFd(1);
  const adopted = EventFd.adopt(bell.clone().fd);
  assert.is(adopted.read(), 1n);
  adopted.close();
  bell.close();
  assert.ok(bell.closed);
  assert.is(openFds(), before);
});

test.run();
