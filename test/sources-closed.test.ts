import { setImmediate } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  EventSet,
  Events,
  interest,
  PidFd,
  pipe,
  type Registration,
} from 'wasm-event-manager';
import { withCode } from './fixtures/configurations.js';
import { runProgram } from './fixtures/program.js';
import { fdsOpen } from './fixtures/threads.js';

// What becomes of a registration whose source, one of the library's own, is closed.

const MODULE = JSON.stringify(import.meta.resolve('wasm-event-manager'));
const test = suite<{ manager: EventManager; before: number[] }>('closed sources');

test.before.each((state) => {
  state.before = fdsOpen();
  state.manager = new EventManager();
});
test.after.each(({ manager, before }) => {
  manager.close();
  assert.equal(fdsOpen(), before);
});

test('`withFd`: a source that is closed ends its registration', ({ manager }) => {
  const bell = new EventFd();
  const registration = interest()
    .read()
    .withFd(bell)
    .withHandler(() => {})
    .registerInto(manager);
  bell.close();
  assert.is(registration.removed, true);
  assert.is(manager.metrics().registrations, 0);
  assert.is(manager.metrics().subscribers, 0);
  registration.remove();
});

test('`withOwned`: the source is closed once, whoever begins', ({ manager }) => {
  for (const end of [
    (bell: EventFd, _registration: Registration) => bell.close(),
    (_bell: EventFd, registration: Registration) => registration.remove(),
    (_bell: EventFd, _registration: Registration) => manager.close(),
  ]) {
    const bell = new EventFd();
    const owner = interest()
      .read()
      .withOwned(bell)
      .withHandler(() => {})
      .registerInto(manager);
    end(bell, owner);
    assert.is(bell.closed, true);
    assert.is(owner.removed, true);
  }
});

test('a source that two managers share the watching of ends both registrations', ({ manager }) => {
  using other = new EventManager();
  const bell = new EventFd(1);
  const registrations = [manager, other].map((each) =>
    interest()
      .read()
      .withShared(bell)
      .withHandler(() => {})
      .registerInto(each),
  );
  bell.close();
  assert.equal(
    registrations.map(({ removed }) => removed),
    [true, true],
  );
  assert.equal([manager.runWithTimeout(0), other.runWithTimeout(0)], [0, 0]);
});

test('S14: a source that is closed by its own handler, or by another, drops what is pending', ({
  manager,
}) => {
  const bells = [new EventFd(1), new EventFd(1), new EventFd(1)];
  let calls = 0;
  for (const bell of bells) {
    interest()
      .read()
      .withFd(bell)
      .withHandler(() => {
        calls += 1;
        for (const each of bells) each.close();
      })
      .registerInto(manager);
  }
  assert.is(manager.runWithTimeout(0), 1);
  assert.is(calls, 1);
  assert.is(manager.runWithTimeout(0), 0);
});

test('S5: a closed source whose file lives on by a clone leaves no ghost', ({ manager }) => {
  const bell = new EventFd(1);
  using clone = bell.clone();
  interest()
    .read()
    .withFd(bell)
    .withHandler(() => {})
    .registerInto(manager);
  bell.close();
  clone.write();
  assert.is(manager.runWithTimeout(0), 0);
  assert.is(manager.metrics().stale, 0);
});

test('`watch`: the iteration ends when the source is closed', async ({ manager }) => {
  const bell = new EventFd(1);
  let seen = 0;
  for await (const events of manager.watch(bell, EventSet.IN)) {
    assert.is(events.readable, true);
    bell.read();
    seen += 1;
    void setImmediate().then(() => bell.close());
  }
  assert.is(seen, 1);
  assert.is(manager.metrics().subscribers, 0);
});

test('`watch`: a source that is closed between two steps ends it too', async ({ manager }) => {
  const bell = new EventFd(1);
  const iteration = manager.watch(bell, EventSet.IN);
  assert.is((await iteration.next()).done, false);
  bell.close();
  assert.is((await iteration.next()).done, true);
});

test('`readable`: ERR_CLOSED when the source is closed', async ({ manager }) => {
  const bell = new EventFd();
  const waits = [manager.readable(bell), manager.readable(bell)];
  await setImmediate();
  bell.close();
  for (const wait of waits) {
    const error = await wait.then(
      () => undefined,
      (reason) => reason,
    );
    assert.ok(withCode('ERR_CLOSED')(error), String(error));
  }
  assert.is(manager.metrics().registrations, 0);
});

test('`PidFd.exit`: ERR_CLOSED when the pidfd is closed, or the manager', async ({ manager }) => {
  using other = new EventManager();
  const pidFd = new PidFd(process.pid);
  const exits = [pidFd.exit(manager), pidFd.exit(other)];
  other.close();
  pidFd.close();
  for (const result of await Promise.allSettled(exits)) {
    assert.ok(result.status === 'rejected' && withCode('ERR_CLOSED')(result.reason));
  }
});

test('a registration that ended by itself leaves nothing at its source', ({ manager }) => {
  const bell = new EventFd();
  let closed = 0;
  for (let i = 0; i < 3; i += 1) {
    const registration = interest()
      .read()
      .withFd(bell)
      .withHandler(() => {})
      .registerInto(manager);
    registration.remove();
    const id = manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, EventSet.IN)),
      process: () => {},
      unsubscribed: () => {
        closed += 1;
      },
    });
    manager.removeSubscriber(id);
  }
  bell.close();
  assert.is(closed, 3);
});

test('S29: an attached process ends once its last source is closed', () => {
  const { status, stdout, stderr } = runProgram(`
    import { EventFd, EventManager, EventSet, interest } from ${MODULE};
    const manager = new EventManager();
    manager.attach();
    const bell = new EventFd();
    interest().read().withFd(bell).withHandler(() => {}).registerInto(manager);
    const awaited = new EventFd();
    (async () => {
      for await (const _ of manager.watch(awaited, EventSet.IN));
      console.log('ended');
    })();
    setTimeout(() => {
      bell.close();
      awaited.close();
    }, 20);
  `);
  assert.equal([status, stdout], [0, 'ended\n'], stderr);
});

test('a pipe that is closed ends what watches either end', ({ manager }) => {
  const { reader, writer } = pipe();
  const registrations = [reader, writer].map((end) =>
    interest(EventSet.IN)
      .withOwned(end)
      .withHandler(() => {})
      .registerInto(manager),
  );
  writer.close();
  assert.equal(
    registrations.map(({ removed }) => removed),
    [false, true],
  );
  reader.close();
  assert.is(registrations[0]!.removed, true);
});

test.run();
