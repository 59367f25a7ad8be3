import { writeSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Events, Poll, Token, Waker } from 'wasm-event-manager/poll';
import { withCode } from './fixtures/configurations.js';
import { fdsOpen } from './fixtures/threads.js';

const test = suite<{ poll: Poll; events: Events }>('the waker of a poll');

test.before.each((state) => {
  state.poll = new Poll();
  state.events = new Events(16);
});
test.after.each(({ poll }) => poll.close());

/** What one poll brings, as 'token: flags'. */
function told(poll: Poll, events: Events, timeoutMs = 0): string[] {
  poll.poll(events, timeoutMs);
  return [...events].map(String);
}

test('F73: wakes that come before the poll looks are one event', ({ poll, events }) => {
  using waker = new Waker(poll.registry, Token(9));
  for (let i = 0; i < 10; i += 1) waker.wake();
  assert.equal([told(poll, events), told(poll, events)], [['9: IN'], []]);
  waker.wake();
  assert.equal(told(poll, events, 1_000), ['9: IN']);
});

test('F74: a waker whose counter is full still wakes', ({ poll, events }) => {
  const before = fdsOpen();
  using waker = new Waker(poll.registry, Token(9));
  const [fd] = fdsOpen().filter((each) => !before.includes(each));
  writeSync(fd!, new BigUint64Array([2n ** 64n - 2n]));
  assert.equal([told(poll, events), told(poll, events)], [['9: IN'], []]);
  waker.wake();
  assert.equal(told(poll, events), ['9: IN']);
});

test('a poll has one waker at a time', ({ poll }) => {
  const waker = new Waker(poll.registry, Token(1));
  assert.throws(() => new Waker(poll.registry, Token(2)), withCode('ERR_WAKER_EXISTS'));
  const joined = Poll.from(poll.share());
  assert.throws(() => new Waker(joined.registry, Token(2)), withCode('ERR_WAKER_EXISTS'));
  joined.close();
  waker.close();
  waker.close();
  assert.throws(() => waker.wake(), withCode('ERR_CLOSED'));
  using next = new Waker(poll.registry, Token(2));
  next.wake();
});

test.run();
