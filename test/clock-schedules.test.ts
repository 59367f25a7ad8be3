import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Clock, TestClock } from 'wasm-event-manager/clock';
import { reporting } from './fixtures/reporting.js';

const MS = 1_000_000n;
const fail = () => {
  throw new Error('no');
};

const SCHEDULES: [string, (from?: Date) => unknown, RegExp][] = [
  ['throws', fail, /threw/],
  ['stands still', (from) => from, /isn't later/],
  ['goes back', (from) => new Date(Number(from) - 1), /isn't later/],
  ['answers no valid Date', () => new Date(Number.NaN), /no valid Date/],
  ['answers a number', () => 7, /no valid Date/],
  ['answers a string', () => 'tomorrow', /no valid Date/],
];

for (const [what, nextRun, message] of SCHEDULES) {
  const isIt = (error: { code: string; message: string }) =>
    error.code === 'ERR_INVALID_SCHEDULE' && message.test(error.message);

  test(`S42: a schedule that ${what} is refused`, () => {
    const { manager, clock: live } = reporting('report');
    for (const clock of [live, new TestClock()] as Clock[]) {
      const schedule = { nextRun: nextRun as () => Date };
      assert.throws(() => clock.setSchedule('s', schedule, { handler: fail }), isIt);
      assert.is(clock.timerCount, 0);
    }
    manager.close();
  });

  test(`S42: a schedule that ${what} later ends with an error, and takes nobody along`, () => {
    const { errors, kernel, manager, clock: live } = reporting('report');
    const test = new TestClock();
    const seen: string[] = [];
    const handler = ({ name }: { name: string }) => void seen.push(name);
    for (const clock of [live, test] as Clock[]) {
      const soon = new Date(clock.timestampMs() + 1);
      let calls = 0;
      const schedule = {
        nextRun: (from?: Date) => (++calls === 1 ? soon : (nextRun(from) as Date)),
      };
      const time = BigInt(soon.getTime()) * MS;
      clock.setTimeAlert('before', time, { handler });
      clock.setSchedule('s', schedule, { handler });
      clock.setTimeAlert('after', time, { handler });
    }
    kernel.advance(5n * MS);
    assert.is(manager.runWithTimeout(0), 3);
    assert.equal([seen.join(' '), live.timerCount], ['before s after', 0]);
    assert.is(errors.length, 1);
    assert.match(errors[0]!, message);
    seen.length = 0;
    assert.throws(() => test.advanceTime(10n * MS), isIt);
    test.advanceTime(10n * MS);
    assert.equal([seen.join(' '), test.timerCount], ['before s after', 0]);
    manager.close();
  });
}

test('a schedule and its handler that both fail tell both', () => {
  const clock = new TestClock();
  let calls = 0;
  const nextRun = () => (++calls === 1 ? new Date(1) : (fail() as never));
  clock.setSchedule('s', { nextRun }, { handler: fail });
  assert.throws(
    () => clock.advanceTime(10n * MS),
    (error: AggregateError) => error.errors.length === 2,
  );
});

test.run();
