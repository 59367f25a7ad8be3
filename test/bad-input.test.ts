import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  EventManagerError,
  type EventOps,
  EventSet,
  Events,
  interest,
  MAX_READY_EVENTS,
  pipe,
  TimerFd,
} from 'wasm-event-manager';

const { IN } = EventSet;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The manager still does its work. */
function works(manager: EventManager): boolean {
  using bell = new EventFd(1);
  const id = manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, IN)),
    process: () => void bell.read(),
  });
  const calls = manager.run();
  manager.removeSubscriber(id);
  return calls === 1;
}

function withManager(body: (manager: EventManager, add: (fd: number) => void) => void): void {
  using manager = new EventManager();
  const id = manager.addSubscriber({ process: () => {} });
  body(manager, (fd) => manager.eventOps(id).add(new Events(fd, IN)));
  assert.is(manager.metrics().registrations, 0);
  assert.ok(works(manager));
}

const failsWith =
  (code: string, message: RegExp) =>
  (error: unknown): boolean =>
    (error as { code?: string }).code === code && message.test((error as Error).message);

type Wrong = (manager: EventManager, bell: EventFd) => unknown;
const add = (manager: EventManager, fd: number, set: number, data?: number) =>
  manager.eventOps(manager.addSubscriber({ process() {} })).add(new Events(fd, set, data));
const idle = { process() {} };

/** What is refused, and what the message has to say. */
const REFUSED: [Wrong, new (...args: never[]) => Error, string, RegExp][] = [
  [(m) => add(m, -1, IN), RangeError, 'ERR_OUT_OF_RANGE', /fd must be .* 0 to 2³¹−1.*not -1/],
  [(m) => add(m, 1.5, IN), RangeError, 'ERR_OUT_OF_RANGE', /an integer .*not 1.5/],
  [(m) => add(m, 2 ** 31, IN), RangeError, 'ERR_OUT_OF_RANGE', /0 to 2³¹−1/],
  [(m) => add(m, '7' as never, IN), TypeError, 'ERR_INVALID_ARG_TYPE', /numeric `fd`, not "7"/],
  [(m) => add(m, 19_999, IN), EventManagerError, 'EBADF', /EBADF.*the fd is not open/],
  [(m, { fd }) => add(m, fd, 0x20), RangeError, 'ERR_OUT_OF_RANGE', /in `EventSet`, not "0x20"/],
  [(m, { fd }) => add(m, fd, IN, 2 ** 32), RangeError, 'ERR_OUT_OF_RANGE', /data .* 0 to 2³²−1/],
  [(m, { fd }) => add(m, fd, IN, -1), RangeError, 'ERR_OUT_OF_RANGE', /data .*not -1/],
  [() => new EventManager({ capacity: 0 }), EventManagerError, 'ERR_INVALID_CAPACITY', /1 to \d+/],
  [() => new EventManager({ capacity: -1 }), EventManagerError, 'ERR_INVALID_CAPACITY', /not -1/],
  [() => new EventManager({ capacity: Number.NaN }), Error, 'ERR_INVALID_CAPACITY', /not NaN/],
  [
    () => new EventManager({ capacity: MAX_READY_EVENTS + 1 }),
    Error,
    'ERR_INVALID_CAPACITY',
    /1 to/,
  ],
  [() => new EventManager(null as never), TypeError, 'ERR_INVALID_ARG_TYPE', /options .*object/],
  [() => new EventManager({ staleRunMax: 0 }), RangeError, 'ERR_OUT_OF_RANGE', /staleRunMax/],
  [() => new EventManager({ memoryMax: 0 }), RangeError, 'ERR_OUT_OF_RANGE', /memoryMax/],
  [(m) => m.runWithTimeout(-1), RangeError, 'ERR_OUT_OF_RANGE', /zero or more milliseconds/],
  [(m) => m.runWithTimeout(Number.NaN), RangeError, 'ERR_OUT_OF_RANGE', /not NaN/],
  [(m) => m.runWithTimeout('1' as never), TypeError, 'ERR_INVALID_ARG_TYPE', /milliseconds/],
  [(m) => m.runForever({ signal: 'x' as never }), TypeError, 'ERR_INVALID_ARG_TYPE', /AbortSignal/],
  [(m) => m.addSubscriber({} as never), TypeError, 'ERR_INVALID_ARG_TYPE', /`process` method/],
  [(m) => m.addSubscriber(null as never), TypeError, 'ERR_INVALID_ARG_TYPE', /not null/],
  [
    (m) => [m.addSubscriber(idle), m.addSubscriber(idle)],
    EventManagerError,
    'ERR_SUBSCRIBER_ALREADY_ADDED',
    /add another, or remove it first/,
  ],
  [(m) => m.subscriber(123 as never), EventManagerError, 'ERR_INVALID_ID', /no subscriber 123/],
  [() => interest().withFd(undefined as never), TypeError, 'ERR_INVALID_ARG_TYPE', /undefined/],
];

test('what is wrong is refused by class, code and advice, and the manager works on', () => {
  for (const [wrong, type, code, message] of REFUSED) {
    using manager = new EventManager();
    using bell = new EventFd(1);
    try {
      wrong(manager, bell);
      assert.unreachable(`${wrong} was not refused`);
    } catch (error) {
      assert.instance(error, type, `${wrong}: ${error}`);
      assert.ok(failsWith(code, message)(error), `${wrong}: ${error}`);
    }
    assert.is(manager.metrics().registrations, 0);
    assert.ok(works(manager), `after ${wrong}`);
  }
});

test('an init that throws leaves nothing behind, and the fds can be registered', () => {
  withManager((manager) => {
    using bell = new EventFd(1);
    const init = (ops: EventOps) => {
      ops.add(new Events(bell, IN));
      throw new Error('no such device');
    };
    assert.throws(() => manager.addSubscriber({ init, process() {} }), /no such device/);
    add(manager, bell.fd, IN);
    assert.is(manager.run(), 1);
    for (const [id] of manager.subscribers()) manager.removeSubscriber(id as never);
  });
});

test('timeouts over 2³¹ milliseconds are waits like any other', () => {
  withManager((manager) => {
    using bell = new EventFd(1);
    const id = manager.addSubscriber({ process() {} });
    manager.eventOps(id).add(new Events(bell, IN));
    for (const ms of [2 ** 31, 2 ** 40, Number.MAX_VALUE]) assert.is(manager.runWithTimeout(ms), 1);
    manager.removeSubscriber(id);
  });
});

test('what is used after close says so, and others go on', () => {
  const manager = new EventManager();
  using other = new EventManager();
  using bell = new EventFd(1);
  const registration = interest()
    .read()
    .withFd(bell)
    .withHandler(() => {})
    .registerInto(manager);
  manager.close();
  for (const call of [
    () => manager.run(),
    () => manager.addSubscriber({ process() {} }),
    () => registration.modify(IN),
    () => registration.pause(),
  ]) {
    assert.throws(call, failsWith('ERR_CLOSED', /this event manager was closed/));
  }
  registration.remove();
  manager.close();
  assert.not.ok(bell.closed);
  bell.close();
  assert.throws(() => bell.read(), failsWith('ERR_CLOSED', /this source was closed/));
  assert.ok(works(other));
});

test('a closed fd is said not to be open', () => {
  withManager((_manager, add) => {
    const bell = new EventFd();
    const { fd } = bell;
    bell.close();
    assert.throws(() => add(fd), failsWith('EBADF', /fd \d+ failed: .*EBADF.*not open/));
    assert.throws(() => new Events(bell), failsWith('ERR_OUT_OF_RANGE', /source closed/));
  });
});

test('regular files and directories come with advice', () => {
  withManager((_manager, add) => {
    for (const path of ['package.json', '.']) {
      const fd = openSync(`${ROOT}${path}`, 'r');
      assert.throws(() => add(fd), failsWith('ERR_NOT_POLLABLE', /inotify/));
      closeSync(fd);
    }
  });
});

test('a manager cannot watch itself, directly or through another', () => {
  withManager((manager, add) => {
    assert.throws(() => add(manager.fd), failsWith('ERR_NESTING_TOO_DEEP', /watches this one/));
    // Its own epoll instance is the fd made just before the one that nests it.
    const inner = manager.fd - 1;
    assert.throws(() => add(inner), failsWith('ERR_NESTING_TOO_DEEP', /own epoll instance/));
  });
});

test('sources refuse what they cannot do', () => {
  using bell = new EventFd(0, { semaphore: true });
  for (const value of [-1, 1.5, 2n ** 64n - 1n, Number.NaN]) {
    assert.throws(() => bell.write(value), failsWith('ERR_OUT_OF_RANGE', /value/));
    assert.throws(() => new EventFd(value), failsWith('ERR_OUT_OF_RANGE', /initial/));
  }
  assert.throws(() => bell.write('1' as never), failsWith('ERR_INVALID_ARG_TYPE', /value/));
  bell.write(2n ** 64n - 2n);
  assert.throws(() => bell.write(), failsWith('EAGAIN', /EAGAIN/));
  using timer = new TimerFd();
  for (const setting of [{}, { afterNs: 0 }, { everyNs: -1 }, { afterNs: 1, atNs: 1 }]) {
    assert.throws(
      () => timer.set(setting),
      (error: { code: string }) => /^ERR_/.test(error.code),
    );
  }
  const clock = 'sundial' as never;
  assert.throws(() => new TimerFd({ clock }), failsWith('ERR_OUT_OF_RANGE', /clock/));
  const { reader, writer } = pipe();
  reader.close();
  assert.throws(() => writer.write('x'), failsWith('EPIPE', /EPIPE/));
  assert.throws(() => reader.read(new Uint8Array(1)), failsWith('ERR_CLOSED', /closed/));
  writer.close();
  writer.close();
});

test.run();
