import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventSet, pipe } from 'wasm-event-manager';
import {
  Events,
  Interest,
  Poll,
  type Registry,
  type Source,
  Token,
  Waker,
} from 'wasm-event-manager/poll';
import { withCode } from './fixtures/configurations.js';
import { fdsOpen } from './fixtures/threads.js';

const test = suite<{ poll: Poll; events: Events; bell: EventFd }>('poll');

test.before.each((state) => {
  state.poll = new Poll();
  state.events = new Events(16);
  state.bell = new EventFd();
});
test.after.each(({ poll, bell }) => {
  poll.close();
  bell.close();
});

/** What one poll brings, as 'token: flags'. */
function told(poll: Poll, events: Events, timeoutMs = 0): string[] {
  poll.poll(events, timeoutMs);
  return [...events].map(String);
}

test('an empty poll waits for its timeout, and brings nothing', ({ poll, events }) => {
  const began = performance.now();
  assert.is(poll.poll(events, 20), 0);
  assert.ok(performance.now() - began >= 19);
  assert.is(events.isEmpty, true);
  assert.is(poll.poll(events, 0), 0);
});

test('an event carries the token and what is ready', ({ poll, events, bell }) => {
  poll.registry.register(bell, Token(5), Interest.READABLE.add(Interest.WRITABLE));
  assert.equal(told(poll, events), ['5: OUT']);
  bell.write();
  assert.is(poll.poll(events), 1);
  const [event] = events;
  assert.equal([event!.token, event!.readable, event!.readClosed], [5, true, false]);
});

test('tokens are 53 bits wide', ({ poll, events, bell }) => {
  bell.write();
  for (const token of [0, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    poll.registry.register(bell, token, Interest.READABLE);
    poll.poll(events, 0);
    assert.equal(
      [...events].map((event) => event.token),
      [token],
    );
    poll.registry.deregister(bell);
  }
});

test('level-triggered by default, edge-triggered and one-shot when asked', (state) => {
  const { poll, events, bell } = state;
  bell.write();
  poll.registry.register(bell, Token(1), Interest.READABLE);
  assert.equal([told(poll, events), told(poll, events)], [['1: IN'], ['1: IN']]);
  poll.registry.reregister(bell, Token(1), Interest.READABLE.edgeTriggered());
  assert.equal([told(poll, events), told(poll, events)], [['1: IN'], []]);
  poll.registry.reregister(bell, Token(1), Interest.READABLE.oneShot());
  bell.write();
  assert.equal([told(poll, events), told(poll, events)], [['1: IN'], []]);
  poll.registry.reregister(bell, Token(2), Interest.READABLE.oneShot());
  assert.equal(told(poll, events), ['2: IN']);
});

test('a second registration of a fd is refused, and the first stands', ({ poll, events, bell }) => {
  poll.registry.register(bell, Token(1), Interest.READABLE);
  const again = () => poll.registry.register(bell, Token(2), Interest.READABLE);
  assert.throws(again, withCode('ERR_FD_ALREADY_REGISTERED'));
  bell.write();
  assert.equal(told(poll, events), ['1: IN']);
});

test('what is deregistered with an event pending is not told', ({ poll, events, bell }) => {
  using other = new EventFd(1);
  bell.write();
  poll.registry.register(bell, Token(1), Interest.READABLE);
  poll.registry.register(other, Token(2), Interest.READABLE);
  poll.registry.deregister(bell);
  assert.equal(told(poll, events), ['2: IN']);
  assert.throws(() => poll.registry.deregister(bell), withCode('ERR_NOT_REGISTERED'));
  const modify = () => poll.registry.reregister(bell, Token(1), Interest.READABLE);
  assert.throws(modify, withCode('ERR_NOT_REGISTERED'));
});

test('after reregister only the new token is told', ({ poll, events, bell }) => {
  bell.write();
  poll.registry.register(bell, Token(1), Interest.READABLE);
  poll.registry.reregister(bell, Token(2), Interest.READABLE);
  assert.equal(told(poll, events), ['2: IN']);
});

test('F30: deregistering a fd that was closed is no error', ({ poll, bell }) => {
  const { fd } = bell;
  poll.registry.register(bell, Token(1), Interest.READABLE);
  bell.close();
  poll.registry.deregister(fd);
  assert.is(bell.closed, true);
});

test('a peer that closes is told as both ends see it', ({ poll, events }) => {
  const { reader, writer } = pipe();
  poll.registry.register(reader, Token(1), Interest.READABLE);
  poll.registry.register(writer, Token(2), Interest.WRITABLE);
  writer.close();
  poll.poll(events, 0);
  const [event] = events;
  assert.equal([event!.token, event!.readClosed, event!.writeClosed], [1, true, true]);
  reader.close();
});

test('what does not fit into the collection comes next time', ({ poll }) => {
  const bells = Array.from({ length: 5 }, () => new EventFd(1));
  for (const [i, bell] of bells.entries()) {
    poll.registry.register(bell, Token(i), Interest.READABLE.edgeTriggered());
  }
  const few = Events.withCapacity(2);
  const seen: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    poll.poll(few, 0);
    few.forEach((token) => void seen.push(token));
  }
  assert.equal(seen.sort(), [0, 1, 2, 3, 4]);
  for (const bell of bells) bell.close();
});

test('F35: a source of its own decides how it registers', ({ poll, events }) => {
  const { reader, writer } = pipe();
  const source: Source = {
    register(registry: Registry, token) {
      registry.register(reader, token, Interest.READABLE);
      registry.register(writer, Token(token + 1), Interest.WRITABLE);
    },
    reregister(registry, token, interest) {
      registry.reregister(reader, token, interest);
    },
    deregister(registry) {
      registry.deregister(reader);
      registry.deregister(writer);
    },
  };
  poll.registry.register(source, Token(10), Interest.READABLE);
  assert.equal(told(poll, events), ['11: OUT']);
  writer.write('x');
  poll.registry.reregister(source, Token(20), Interest.READABLE);
  assert.equal(told(poll, events).sort(), ['11: OUT', '20: IN']);
  poll.registry.deregister(source);
  assert.equal(told(poll, events), []);
  reader.close();
  writer.close();
});

test('F12: a poll can be watched by another', ({ poll, events, bell }) => {
  using outer = new Poll();
  outer.registry.register(poll, Token(1), EventSet.IN);
  poll.registry.register(bell, Token(2), Interest.READABLE);
  assert.equal(told(outer, events), []);
  bell.write();
  assert.equal(told(outer, events), ['1: IN']);
  assert.equal(told(poll, events), ['2: IN']);
});

test('2 000 polls opened and closed leave no fd behind', () => {
  const before = fdsOpen().length;
  for (let i = 0; i < 2_000; i += 1) {
    const poll = new Poll();
    new Waker(poll.registry, Token(0)).close();
    poll.close();
  }
  assert.is(fdsOpen().length, before);
});

test('a closed poll refuses everything but close', ({ poll, events, bell }) => {
  const { registry } = poll;
  poll.close();
  poll.close();
  assert.is(poll.closed, true);
  for (const use of [
    () => poll.poll(events, 0),
    () => poll.fd,
    () => registry.register(bell, Token(1), Interest.READABLE),
    () => registry.deregister(bell),
    () => registry.share(),
    () => poll.share(),
    () => new Waker(registry, Token(1)),
  ]) {
    assert.throws(use, withCode('ERR_CLOSED'));
  }
});

test('S9, S10: wrong arguments are refused', ({ poll, events, bell }) => {
  const { registry } = poll;
  const one = Token(1);
  for (const [call, code] of [
    [() => Token(-1), 'ERR_OUT_OF_RANGE'],
    [() => Token(2 ** 53), 'ERR_OUT_OF_RANGE'],
    [() => Token('1' as never), 'ERR_INVALID_ARG_TYPE'],
    [() => registry.register(bell, 1.5, Interest.READABLE), 'ERR_OUT_OF_RANGE'],
    [() => registry.register(-1, one, Interest.READABLE), 'ERR_OUT_OF_RANGE'],
    [() => registry.register(bell, one, 'in' as never), 'ERR_INVALID_ARG_TYPE'],
    [() => registry.register(bell, one, 0x4000), 'ERR_OUT_OF_RANGE'],
    [
      () => registry.register(bell, one, Interest.READABLE.exclusive().oneShot()),
      'ERR_INVALID_INTEREST',
    ],
    [() => registry.register(1_000_000, one, Interest.READABLE), 'EBADF'],
    [() => new Events(0), 'ERR_INVALID_CAPACITY'],
    [() => poll.poll([] as never), 'ERR_INVALID_ARG_TYPE'],
    [() => poll.poll(events, -1), 'ERR_OUT_OF_RANGE'],
    [() => Poll.from({} as never), 'ERR_INVALID_HANDLE'],
    [() => Waker.from(undefined as never), 'ERR_INVALID_HANDLE'],
  ] as [() => unknown, string][]) {
    assert.throws(call, withCode(code));
  }
  registry.register(bell, one, Interest.READABLE.exclusive());
  const modify = () => registry.reregister(bell, one, Interest.WRITABLE);
  assert.throws(modify, withCode('ERR_INVALID_INTEREST'));
});

test('interests are values', () => {
  const both = Interest.READABLE.add(Interest.WRITABLE);
  assert.ok(both.isReadable && both.isWritable && !both.isPriority);
  assert.ok(both.remove(Interest.WRITABLE).equals(Interest.READABLE));
  assert.is(String(Interest.PRIORITY.edgeTriggered()), 'PRIORITY|EDGE_TRIGGERED');
});

test.run();
