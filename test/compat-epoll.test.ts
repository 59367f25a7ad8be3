import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd } from 'wasm-event-manager';
import { Epoll } from 'wasm-event-manager/compat/epoll';
import { createEventFd } from '../host/sys/eventfd.js';
import { close, duplicate } from '../host/sys/files.js';
import { rounds, until } from './fixtures/attached.js';
import { withCode } from './fixtures/configurations.js';

/** An Epoll that notes what it is told, and then does `react`. */
function noting(react: (fd: number) => void = () => {}) {
  const told: [number, number][] = [];
  const epoll = new Epoll((error, fd, events) => {
    assert.is(error, null);
    told.push([fd, events]);
    react(fd);
  });
  return { epoll, told };
}

const epollFds = () =>
  readdirSync('/proc/self/fdinfo').filter((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').includes('tfd:');
    } catch {
      return false;
    }
  });

test('the callback gets null, the fd and the events, at every turn while it is ready', async () => {
  using bell = new EventFd(1);
  const { epoll, told } = noting();
  assert.is(epoll.add(bell.fd, Epoll.EPOLLIN), epoll);
  await until(() => told.length >= 3);
  assert.equal(told[0], [bell.fd, Epoll.EPOLLIN]);
  bell.read();
  const { length } = told;
  await rounds();
  assert.is(told.length, length);
  assert.is(epoll.modify(bell.fd, Epoll.EPOLLIN | Epoll.EPOLLOUT), epoll);
  await until(() => told.length > length);
  assert.equal(told.at(-1), [bell.fd, Epoll.EPOLLOUT]);
  assert.is(epoll.remove(bell.fd), epoll);
  assert.is(epoll.close(), null);
});

test('F53: EPOLLET is positive, and what is joined with it may be negative', async () => {
  assert.is(Epoll.EPOLLET, 2 ** 31);
  using bell = new EventFd(1);
  const { epoll, told } = noting();
  const edge = Epoll.EPOLLIN | Epoll.EPOLLET;
  assert.ok(edge < 0);
  epoll.add(bell.fd, edge);
  await until(() => told.length === 1);
  await rounds();
  assert.is(told.length, 1);
  epoll.modify(bell.fd, edge >>> 0);
  await until(() => told.length === 2);
  epoll.close();
});

test('EPOLLONESHOT fires once, until modify arms it again', async () => {
  using bell = new EventFd(1);
  const { epoll, told } = noting();
  const once = Epoll.EPOLLIN | Epoll.EPOLLONESHOT;
  epoll.add(bell.fd, once);
  for (let count = 1; count <= 3; count += 1) {
    await until(() => told.length === count);
    await rounds();
    assert.is(told.length, count);
    epoll.modify(bell.fd, once);
  }
  epoll.close();
});

test('F19: several stand side by side, each with its own fds', async () => {
  using one = new EventFd(1);
  using other = new EventFd(1);
  const first = noting((fd) => first.epoll.remove(fd));
  const second = noting((fd) => second.epoll.remove(fd));
  first.epoll.add(one, Epoll.EPOLLIN);
  second.epoll.add(other, Epoll.EPOLLIN);
  assert.throws(() => second.epoll.remove(one), withCode('ERR_NOT_REGISTERED'));
  assert.throws(() => second.epoll.modify(one, 1), withCode('ERR_NOT_REGISTERED'));
  await until(() => first.told.length + second.told.length === 2);
  assert.equal([first.told[0]![0], second.told[0]![0]], [one.fd, other.fd]);
});

test('F28: a fd that is watched already is refused by a named error', () => {
  using bell = new EventFd();
  using epoll = noting().epoll.add(bell, Epoll.EPOLLIN);
  using another = noting().epoll;
  const taken = withCode('ERR_FD_ALREADY_REGISTERED');
  assert.throws(() => epoll.add(bell, Epoll.EPOLLIN), taken);
  assert.throws(() => another.add(bell, Epoll.EPOLLIN), taken);
  epoll.remove(bell);
  another.add(bell, Epoll.EPOLLIN);
});

test('F29: a number that comes back belongs to who adds it then', async () => {
  const fd = createEventFd(1, false);
  const before = noting();
  before.epoll.add(fd, Epoll.EPOLLOUT | Epoll.EPOLLONESHOT);
  await until(() => before.told.length === 1);
  close(fd);
  using bell = new EventFd(1);
  assert.is(bell.fd, fd);
  const after = noting((ready) => after.epoll.remove(ready));
  after.epoll.add(bell, Epoll.EPOLLIN);
  await until(() => after.told.length === 1);
  assert.is(before.told.length, 1);
  // As it would, had the fd been closed a moment later.
  before.epoll.remove(fd).close();
});

test('F30: a fd that was closed can be removed, or left to close', () => {
  for (const tidy of [true, false]) {
    const fd = createEventFd(0, false);
    const { epoll } = noting();
    epoll.add(fd, Epoll.EPOLLIN);
    close(fd);
    if (tidy) epoll.remove(fd);
    epoll.close();
  }
  const fd = createEventFd(0, false);
  const { epoll } = noting();
  epoll.add(fd, Epoll.EPOLLIN);
  close(fd);
  assert.throws(() => epoll.modify(fd, Epoll.EPOLLOUT), withCode('ENOENT'));
  epoll.remove(fd);
  assert.throws(() => epoll.remove(fd), withCode('ERR_NOT_REGISTERED'));
});

test('F30: a fd whose file lives on in a dup is silent after remove', async () => {
  const fd = createEventFd(1, false);
  const dup = duplicate(fd);
  const { epoll, told } = noting();
  epoll.add(fd, Epoll.EPOLLIN);
  close(fd);
  epoll.remove(fd);
  // Keeps the loop turning, in which the ghost would speak.
  using bell = new EventFd(1);
  const { epoll: other, told: turns } = noting();
  other.add(bell, Epoll.EPOLLIN);
  await until(() => turns.length > 30);
  assert.equal(told, []);
  other.close();
  close(dup);
});

test('F61: a callback may remove its own fd, close, and begin anew', async () => {
  using bell = new EventFd(1);
  let count = 0;
  const begin = () => {
    const epoll = new Epoll((_, fd) => {
      epoll.remove(fd).close();
      count += 1;
      if (count < 1_000) begin();
    });
    epoll.add(bell, Epoll.EPOLLIN);
  };
  begin();
  await until(() => count === 1_000);
});

test('F108: close is idempotent, using closes, and nothing else works after', () => {
  using bell = new EventFd();
  const { epoll } = noting();
  assert.is(epoll.closed, false);
  {
    using scoped = epoll;
    scoped.add(bell, Epoll.EPOLLIN);
  }
  assert.is(epoll.closed, true);
  assert.is(epoll.close(), null);
  for (const verb of ['add', 'modify', 'remove'] as const) {
    assert.throws(() => epoll[verb](0, 1), withCode('ERR_CLOSED'));
  }
});

test('F1, F29: it leaves no epoll instance behind', async () => {
  await rounds();
  const before = epollFds().length;
  const bell = new EventFd(1);
  const { epoll } = noting();
  epoll.add(bell, Epoll.EPOLLIN);
  await rounds();
  assert.ok(epollFds().length > before);
  epoll.remove(bell);
  await rounds();
  assert.is(epollFds().length, before);
  bell.close();
});

test('promises run between two callbacks, and a context is that of the constructor', async () => {
  const order: string[] = [];
  const storage = new AsyncLocalStorage<string>();
  const bells = [new EventFd(1), new EventFd(1)];
  const epoll = storage.run(
    'made here',
    () =>
      new Epoll((_, fd) => {
        epoll.remove(fd);
        order.push(`called: ${storage.getStore()}`);
        Promise.resolve().then(() => order.push('promise'));
      }),
  );
  for (const bell of bells) epoll.add(bell, Epoll.EPOLLIN);
  await until(() => order.length === 4);
  assert.equal(order, ['called: made here', 'promise', 'called: made here', 'promise']);
  for (const bell of bells) bell.close();
});

test('bad input gets an error, and changes nothing', () => {
  using epoll = noting().epoll;
  using bell = new EventFd();
  assert.throws(() => new Epoll(undefined as never), TypeError);
  assert.throws(() => new (Epoll as never as new () => Epoll)(), TypeError);
  for (const fd of [-1, 1.5, 2 ** 31]) assert.throws(() => epoll.add(fd, 1), RangeError);
  for (const fd of ['0', undefined, null])
    assert.throws(() => epoll.add(fd as never, 1), TypeError);
  for (const set of [0.5, -0.5, 2 ** 32, -(2 ** 31) - 1, 1 << 7, Number.NaN]) {
    assert.throws(() => epoll.add(bell, set), RangeError, String(set));
  }
  for (const set of ['1', undefined]) assert.throws(() => epoll.add(bell, set as never), TypeError);
  assert.throws(() => epoll.add(1_000_000, 1), withCode('EBADF'));
  assert.throws(() => epoll.remove(bell), withCode('ERR_NOT_REGISTERED'));
  const file = openSync('package.json', 'r');
  assert.throws(() => epoll.add(file, Epoll.EPOLLIN), withCode('ERR_NOT_POLLABLE'));
  closeSync(file);
});

test.run();
