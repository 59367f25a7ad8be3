import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TestClock, type TimeEvent } from 'wasm-event-manager/clock';

const test = suite<{ clock: TestClock; seen: string[] }>('the test clock');

test.before.each((state) => {
  state.clock = new TestClock();
  state.seen = [];
  state.clock.setDefaultHandler(({ name, tsEvent }) => state.seen.push(`${name}@${tsEvent}`));
});

test('F91: an alert fires once, at its time', ({ clock, seen }) => {
  clock.setTimeAlert('a', 10n);
  assert.is(clock.nextTimeNs('a'), 10n);
  clock.advanceTime(9n);
  assert.equal(seen, []);
  clock.advanceTime(10n);
  clock.advanceTime(100n);
  assert.equal(seen, ['a@10']);
  assert.is(clock.timerCount, 0);
});

test('F90: an interval fires on its grid, the stop included', ({ clock, seen }) => {
  clock.setTimer('t', 10n, { startNs: 5n, stopNs: 35n });
  clock.advanceTime(100n);
  assert.equal(seen, ['t@15', 't@25', 't@35']);
  assert.equal(clock.timerNames, []);
});

test('F90: fireImmediately fires at the start too', ({ clock, seen }) => {
  clock.setTimer('t', 10, { startNs: 5, stopNs: 5, fireImmediately: true });
  clock.advanceTime(100n);
  assert.equal(seen, ['t@5']);
});

test('F90: a start that has passed goes on at the next time of its grid', ({ clock, seen }) => {
  clock.advanceTime(23n);
  clock.setTimer('t', 10n, { startNs: 0n });
  clock.advanceTime(40n);
  assert.equal(seen, ['t@30', 't@40']);
});

test('S37: events of one time come in the order of setting', ({ clock, seen }) => {
  for (const name of ['c', 'a', 'b']) clock.setTimer(name, 10n);
  clock.setTimeAlert('aa', 20n);
  clock.advanceTime(20n);
  assert.equal(seen, ['c@10', 'a@10', 'b@10', 'c@20', 'a@20', 'b@20', 'aa@20']);
});

test('S38: the clock stands at each event while its handler runs', ({ clock }) => {
  const times: bigint[] = [];
  const handler = ({ tsEvent, tsInit }: TimeEvent) => {
    times.push(clock.timestampNs(), tsEvent, tsInit);
  };
  clock.setTimer('t', 7n, { handler });
  clock.advanceTime(15n);
  assert.equal(times, [7n, 7n, 7n, 14n, 14n, 14n]);
  assert.is(clock.timestampNs(), 15n);
});

test('S38: a timer set inside the window fires in the same advance', ({ clock, seen }) => {
  clock.setTimeAlert('first', 10n, {
    handler: () => {
      clock.setTimeAlert('second', 15n);
      clock.setTimeAlert('at once', 10n);
    },
  });
  clock.advanceTime(20n);
  assert.equal(seen, ['at once@10', 'second@15']);
});

test('S38: going back in time throws, and changes nothing', ({ clock }) => {
  clock.advanceTime(10n);
  assert.throws(
    () => clock.advanceTime(9n),
    (error: RangeError) => error instanceof RangeError,
  );
  assert.is(clock.timestampNs(), 10n);
});

test('S38: too many events in one advance are an error, and none is lost', () => {
  const clock = new TestClock({ eventsMax: 3 });
  const times: bigint[] = [];
  clock.setTimer('t', 1n, { handler: ({ tsEvent }) => void times.push(tsEvent) });
  assert.throws(
    () => clock.advanceTime(4n),
    (error: { code: string }) => error.code === 'ERR_TOO_MANY_EVENTS',
  );
  clock.advanceTime(4n);
  assert.equal(times, [1n, 2n, 3n, 4n]);
});

test('S38: a timer that sets itself at once is stopped by the bound', () => {
  const clock = new TestClock({ eventsMax: 100 });
  const again = () => clock.setTimeAlert('loop', clock.timestampNs(), { handler: again });
  clock.setTimeAlert('loop', 1n, { handler: again });
  assert.throws(
    () => clock.advanceTime(2n),
    (error: { code: string }) => error.code === 'ERR_TOO_MANY_EVENTS',
  );
});

test('a handler that throws ends the advance, and the rest is still to come', ({ clock, seen }) => {
  const fail = () => {
    throw new Error('no');
  };
  clock.setTimeAlert('a', 5n, { handler: fail });
  clock.setTimeAlert('b', 5n);
  clock.setTimeAlert('c', 6n);
  assert.throws(() => clock.advanceTime(10n), /no/);
  assert.is(clock.timestampNs(), 5n);
  clock.advanceTime(10n);
  assert.equal(seen, ['b@5', 'c@6']);
});

test('a timer cancelled by another of the same time does not fire', ({ clock, seen }) => {
  clock.setTimeAlert('a', 5n, { handler: () => void clock.cancelTimer('b') });
  clock.setTimeAlert('b', 5n);
  clock.advanceTime(10n);
  assert.equal(seen, []);
});

test('F91: a name is taken once, unless replaced', ({ clock, seen }) => {
  clock.setTimeAlert('a', 5n);
  assert.throws(
    () => clock.setTimeAlert('a', 6n),
    (error: { code: string }) => error.code === 'ERR_TIMER_EXISTS',
  );
  clock.setTimeAlert('a', 7n, { replace: true });
  assert.equal(clock.timerNames, ['a']);
  clock.advanceTime(10n);
  assert.equal(seen, ['a@7']);
});

test('F91: timers are cancelled by name, or all', ({ clock, seen }) => {
  for (const name of ['a', 'b', 'c']) clock.setTimer(name, 1n);
  assert.is(clock.cancelTimer('b'), true);
  assert.is(clock.cancelTimer('b'), false);
  assert.equal(clock.timerNames, ['a', 'c']);
  clock.cancelTimers();
  clock.advanceTime(10n);
  assert.equal(seen, []);
});

test('F93: a schedule fires by the calendar of its time zone', ({ clock, seen }) => {
  const ms = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;
  clock.advanceTime(ms('2026-10-24T12:00:00Z'));
  clock.setSchedule('daily', '0 30 9 * * *', { timeZone: 'Europe/Berlin' });
  clock.advanceTime(ms('2026-10-26T12:00:00Z'));
  // The clocks go back an hour on the 25th.
  assert.equal(
    seen,
    ['2026-10-25T08:30:00Z', '2026-10-26T08:30:00Z'].map((t) => `daily@${ms(t)}`),
  );
});

test('bad input is refused by name', ({ clock }) => {
  const wrong: [() => void, string][] = [
    [() => clock.setTimer('t', 0n), 'ERR_OUT_OF_RANGE'],
    [() => clock.setTimer('t', -1n), 'ERR_OUT_OF_RANGE'],
    [() => clock.setTimer('t', 1.5), 'ERR_OUT_OF_RANGE'],
    [() => clock.setTimer('t', '1' as never), 'ERR_INVALID_ARG_TYPE'],
    [() => clock.setTimer('t', 10n, { stopNs: 9n }), 'ERR_OUT_OF_RANGE'],
    [() => clock.setTimer('', 10n), 'ERR_OUT_OF_RANGE'],
    [() => clock.setTimeAlert('t', 2n ** 63n), 'ERR_OUT_OF_RANGE'],
    [() => clock.setTimeAlert('t', 5n, { handler: 1 as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => clock.setSchedule('t', 'not cron'), 'ERR_OUT_OF_RANGE'],
    [() => clock.setSchedule('t', '* * * * *', { timeZone: 'Mars' }), 'ERR_OUT_OF_RANGE'],
  ];
  for (const [call, code] of wrong)
    assert.throws(call, (error: { code: string }) => error.code === code);
  clock.advanceTime(10n);
  assert.throws(
    () => clock.setTimeAlert('t', 9n, { allowPast: false }),
    (error: { code: string }) => error.code === 'ERR_OUT_OF_RANGE',
  );
  assert.throws(
    () => new TestClock().setTimer('t', 10n),
    (error: { code: string }) => error.code === 'ERR_NO_HANDLER',
  );
  assert.is(clock.timerCount, 0);
});

test('F89: an alert without a name fires once, and is cancelled by its handle', () => {
  const clock = new TestClock();
  const fired: bigint[] = [];
  const note = ({ name, tsEvent }: TimeEvent) => {
    assert.is(name, '');
    fired.push(tsEvent);
  };
  const [first, second] = [clock.alertAt(5n, note), clock.alertAt(7, note)];
  clock.alertAt(6n, note);
  assert.is(clock.timerCount, 0);
  assert.is(clock.cancelAlert(second), true);
  assert.is(clock.cancelAlert(second), false);
  clock.advanceTime(10n);
  assert.equal(fired, [5n, 6n]);
  assert.equal([first.active, first.time, clock.cancelAlert(first)], [false, 5n, false]);
  // What has passed fires at once.
  clock.alertAt(1n, note);
  clock.advanceTime(10n);
  assert.equal(fired, [5n, 6n, 1n]);
  assert.throws(() => clock.alertAt(-1n, note), RangeError);
  assert.throws(() => clock.alertAt(1n, 7 as never), TypeError);
  assert.throws(() => clock.cancelAlert({} as never), TypeError);
});

test.run();
