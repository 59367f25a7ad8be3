import { closeSync, openSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  type EventManagerError,
  EventSet,
  interest,
  pipe,
} from 'wasm-event-manager';

const { IN, EDGE_TRIGGERED, EXCLUSIVE } = EventSet;

/** What a promise is rejected with: a code, or a name. */
async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { code, name } = error as EventManagerError;
    return typeof code === 'string' ? code : name;
  }
  return 'none';
}

test('readable and writable wait for one event, and leave nothing behind', async () => {
  using manager = new EventManager();
  using bell = new EventFd();
  setTimeout(() => bell.write(5n), 10);
  const events = await manager.readable(bell);
  assert.is(events.readable, true);
  assert.is(events.fd, bell.fd);
  assert.is(bell.read(), 5n);
  assert.is((await manager.writable(bell)).writable, true);
  const { subscribers, registrations } = manager.metrics();
  assert.equal([subscribers, registrations], [0, 0]);
  assert.is(manager.attach().detached, false);
});

test('a hang-up ends the wait too', async () => {
  using manager = new EventManager();
  const { reader, writer } = pipe();
  setTimeout(() => writer.close(), 10);
  const events = await manager.readable(reader);
  assert.is(events.hangUp, true);
  reader.close();
});

test('a timeout of 0 finds what is ready, and nothing else', async () => {
  using manager = new EventManager();
  using bell = new EventFd();
  assert.is(await rejection(manager.readable(bell, { timeout: 0 })), 'ERR_TIMED_OUT');
  bell.write();
  for (let i = 0; i < 50; i += 1) await manager.readable(bell, { timeout: 0 });
  assert.is(await rejection(manager.writable(bell, { timeout: 20 })), 'none');
});

test('a signal ends the wait with its reason, before it or during it', async () => {
  using manager = new EventManager();
  using bell = new EventFd();
  const signal = AbortSignal.timeout(10);
  assert.is(await rejection(manager.readable(bell, { signal })), 'TimeoutError');
  assert.is(await rejection(manager.readable(bell, { signal })), 'TimeoutError');
  const { registrations } = manager.metrics();
  assert.is(registrations, 0);
});

test('stop and close end all waits', async () => {
  const manager = new EventManager();
  using bell = new EventFd();
  for (const end of ['stop', 'close'] as const) {
    const waits = [rejection(manager.readable(bell))];
    const steps = manager.watch(0, IN)[Symbol.asyncIterator]();
    await sleep(5);
    manager[end]();
    assert.equal(await Promise.all(waits), ['ERR_CLOSED'], end);
    await steps.return?.();
  }
  assert.is(await rejection(manager.readable(bell)), 'ERR_CLOSED');
});

test('for await: each step tells what is ready then, at the pace of who asks', async () => {
  using manager = new EventManager();
  const { reader, writer } = pipe();
  const sent = 1_000;
  let left = sent;
  const producer = setInterval(() => {
    writer.write(new Uint8Array(100).fill(7));
    left -= 100;
    if (left > 0) return;
    clearInterval(producer);
    writer.close();
  }, 1);
  const chunk = new Uint8Array(7);
  let received = 0;
  // Edge-triggered or not, what is left unread is reported again.
  for await (const events of manager.watch(reader, (IN | EDGE_TRIGGERED) >>> 0)) {
    assert.ok(events.readable || events.hangUp);
    const length = reader.read(chunk);
    if (length === 0) break;
    received += length ?? 0;
    if (received % 100 < 7) await sleep(2);
  }
  assert.is(received, sent);
  assert.is(manager.metrics().subscribers, 0);
  reader.close();
});

test('for await: nothing happens before the first step, and break ends it', async () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const events = manager.watch(bell, IN);
  assert.is(manager.metrics().registrations, 0);
  for await (const { fd } of events) {
    assert.is(fd, bell.fd);
    assert.is(manager.metrics().registrations, 1);
    break;
  }
  assert.is(manager.metrics().registrations, 0);
  assert.equal(await events.next(), { value: undefined, done: true });
});

test('for await: a fd that was closed, its number taken, ends it with an error', async () => {
  using manager = new EventManager();
  const bell = new EventFd();
  const { fd } = bell;
  // By its number: the object would tell.
  const steps = manager.watch(fd, IN);
  const waiting = rejection(steps.next());
  await sleep(5);
  bell.close();
  const next = new EventFd();
  assert.is(next.fd, fd);
  const registration = interest()
    .read()
    .withOwned(next)
    .withHandler(() => {})
    .registerInto(manager);
  assert.is(await waiting, 'ERR_NOT_REGISTERED');
  registration.remove();
});

test('bad input is told at once, or by rejection, with nothing left behind', async () => {
  using manager = new EventManager();
  using bell = new EventFd();
  const before = readdirSync('/proc/self/fd').length;
  assert.throws(() => manager.watch(-1, IN), RangeError);
  assert.throws(() => manager.watch(bell, 3.5), RangeError);
  assert.throws(() => manager.watch(bell, IN, { signal: {} as never }), TypeError);
  const invalid = (error: EventManagerError) => error.code === 'ERR_INVALID_INTEREST';
  assert.throws(() => manager.watch(bell, (IN | EXCLUSIVE) >>> 0), invalid);
  assert.is(await rejection(manager.readable(-1)), 'ERR_OUT_OF_RANGE');
  assert.is(await rejection(manager.readable(bell, { timeout: -1 })), 'ERR_OUT_OF_RANGE');
  assert.is(await rejection(manager.readable(bell, { timeout: 2 ** 31 })), 'ERR_OUT_OF_RANGE');
  assert.is(await rejection(manager.readable(1_000_000)), 'EBADF');
  const file = openSync('/etc/hostname', 'r');
  assert.is(await rejection(manager.readable(file)), 'ERR_NOT_POLLABLE', 'S11');
  closeSync(file);
  const registration = interest()
    .read()
    .withFd(bell)
    .withHandler(() => {})
    .registerInto(manager);
  assert.is(await rejection(manager.readable(bell)), 'ERR_FD_ALREADY_REGISTERED');
  registration.remove();
  assert.is(readdirSync('/proc/self/fd').length, before);
});

test('F33: several may await one fd, each for what it wants', async () => {
  using manager = new EventManager();
  const { reader, writer } = pipe();
  const readers = [manager.readable(reader), manager.readable(reader)];
  const late = rejection(manager.readable(reader, { timeout: 1 }));
  assert.is(await late, 'ERR_TIMED_OUT');
  writer.write('x');
  const events = await Promise.all(readers);
  assert.ok(events.every(({ readable }) => readable));
  using bell = new EventFd();
  const both = Promise.all([manager.readable(bell), manager.writable(bell)]);
  setTimeout(() => bell.write(), 5);
  const [readable, writable] = await both;
  assert.equal([readable.eventSet, writable.eventSet], [IN, EventSet.OUT]);
  assert.is(manager.metrics().registrations, 0);
  for (const end of [reader, writer]) end.close();
});

test('it goes beside an attachment of the user, which outlives it', async () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const attachment = manager.attach();
  await manager.readable(bell);
  assert.is(attachment.detached, false);
  const waiting = manager.readable(bell);
  attachment.detach();
  assert.is((await waiting).readable, true);
});

test.run();
