import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { type Clock, LiveClock, TestClock } from 'wasm-event-manager/clock';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';

const END = 2n ** 63n - 1n;
const handler = () => {};

const NO_TIMES: [unknown, string][] = [
  [-1n, 'ERR_OUT_OF_RANGE'],
  [-1, 'ERR_OUT_OF_RANGE'],
  [2n ** 63n, 'ERR_OUT_OF_RANGE'],
  [2n ** 64n, 'ERR_OUT_OF_RANGE'],
  [2n ** 200n, 'ERR_OUT_OF_RANGE'],
  [1.5, 'ERR_OUT_OF_RANGE'],
  [Number.NaN, 'ERR_OUT_OF_RANGE'],
  [Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE'],
  [Number.MAX_VALUE, 'ERR_OUT_OF_RANGE'],
  ['1', 'ERR_INVALID_ARG_TYPE'],
  [null, 'ERR_INVALID_ARG_TYPE'],
  [{}, 'ERR_INVALID_ARG_TYPE'],
  [Symbol('1'), 'ERR_INVALID_ARG_TYPE'],
];

function clocks(): [Clock, LiveClock, EventManager] {
  const manager = new EventManager({ syscalls: new SimulatedSyscalls() });
  return [new TestClock(), new LiveClock(manager), manager];
}

test('S42: what is no time is refused wherever it enters, and changes nothing', () => {
  const [testClock, live, manager] = clocks();
  for (const clock of [testClock, live]) {
    for (const [value, code] of NO_TIMES) {
      const time = value as bigint;
      const calls = [
        () => clock.setTimeAlert('t', time, { handler }),
        () => clock.setTimer('t', time, { handler }),
        () => clock.setTimer('t', 1n, { handler, startNs: time }),
        () => clock.setTimer('t', 1n, { handler, stopNs: time }),
        () => clock.alertAt(time, handler),
        () => new TestClock({ startNs: time }),
        () => (testClock as TestClock).advanceTime(time),
      ];
      // An option that is null is one that wasn't given.
      const wanted = value === null ? [...calls.slice(0, 2), calls[4]!, calls[6]!] : calls;
      for (const call of wanted) {
        assert.throws(call, (error: { code?: string }) => error.code === code, call.toString());
      }
      assert.is(clock.timerCount, 0);
    }
  }
  manager.close();
});

test('S42: options, handlers and names of the wrong kind are refused by name', () => {
  const [testClock, live, manager] = clocks();
  for (const clock of [testClock, live]) {
    const wrong: (() => void)[] = [
      () => clock.setTimeAlert('t', 1n, null as never),
      () => clock.setTimer('t', 1n, 7 as never),
      () => clock.setSchedule('t', { nextRun: () => null }, 'daily' as never),
      () => clock.setTimeAlert('t', 1n, { handler: null as never }),
      () => clock.setTimeAlert('t', 1n, { handler: {} as never }),
      () => clock.alertAt(1n, undefined as never),
      () => clock.setSchedule('t', null as never, { handler }),
      () => clock.setSchedule('t', {} as never, { handler }),
      () => clock.setTimeAlert(7 as never, 1n, { handler }),
      () => clock.cancelTimer(undefined as never),
      () => clock.nextTimeNs(Symbol('t') as never),
      () => clock.cancelAlert(null as never),
    ];
    for (const call of wrong) {
      const isIt = (error: { code?: string }) => error.code === 'ERR_INVALID_ARG_TYPE';
      assert.throws(call, isIt, call.toString());
    }
    assert.is(clock.timerCount, 0);
  }
  manager.close();
});

test('S42: the last time there is can be set and reached, and recurs no more', () => {
  const clock = new TestClock({ startNs: END - 10n });
  const times: bigint[] = [];
  const note = ({ tsEvent }: { tsEvent: bigint }) => void times.push(END - tsEvent);
  clock.setTimeAlert('end', END, { handler: note });
  clock.setTimer('t', 4n, { handler: note });
  clock.setTimer('huge', END, { handler: note, startNs: 0n });
  clock.setTimer('stopped', 3n, { handler: note, stopNs: END });
  clock.alertAt(END, note);
  clock.advanceTime(END);
  assert.equal(times, [7n, 6n, 4n, 2n, 1n, 0n, 0n, 0n]);
  assert.is(clock.timerCount, 0);
  clock.advanceTime(END);
  assert.is(clock.timestampNs(), END);
  // Nothing comes behind it.
  assert.throws(() => clock.setTimer('t', 1n, { handler }), RangeError);
  clock.setTimer('t', 1n, { handler: note, fireImmediately: true });
  clock.advanceTime(END);
  assert.is(times.length, 9);
});

test('S42: a first event beyond the end of time is refused', () => {
  const [testClock, live, manager] = clocks();
  (testClock as TestClock).advanceTime(5n);
  for (const clock of [testClock, live]) {
    const now = clock.timestampNs();
    const beyond = [
      () => clock.setTimer('t', END - now + 1n, { handler }),
      () => clock.setTimer('t', 1n, { handler, startNs: END }),
      () => clock.setTimer('t', END, { handler, startNs: END }),
      () => clock.setSchedule('t', { nextRun: () => new Date(8.64e15) }, { handler }),
    ];
    for (const call of beyond) assert.throws(call, RangeError, call.toString());
    assert.is(clock.timerCount, 0);
    clock.setTimer('last', END - now, { handler });
    assert.is(clock.nextTimeNs('last'), END);
  }
  assert.is(manager.runWithTimeout(10), 0);
  manager.close();
});

test('S42: a live timer of the last time is due never, on the real kernel', () => {
  using manager = new EventManager();
  const clock = new LiveClock(manager);
  clock.setTimeAlert('never', END, { handler });
  clock.setTimer('nor', 2n ** 62n, { handler });
  clock.alertAt(END, handler);
  assert.is(manager.runWithTimeout(5), 0);
  let fired = 0;
  const count = () => {
    fired += 1;
  };
  clock.setTimeAlert('soon', clock.timestampNs() + 1_000_000n, { handler: count });
  for (let i = 0; i < 100 && fired === 0; i += 1) manager.runWithTimeout(20);
  assert.is(fired, 1);
});

test('S37: nextTimeNs of a timer that is due, and has not fired, is that time', () => {
  const kernel = new SimulatedSyscalls();
  using manager = new EventManager({ syscalls: kernel });
  const clock = new LiveClock(manager);
  const start = clock.timestampNs();
  const seen: bigint[] = [];
  clock.setTimeAlert('first', start + 10n, {
    handler: () => void seen.push(clock.nextTimeNs('t')!),
  });
  clock.setTimer('t', 10n, { handler: () => void seen.push(clock.nextTimeNs('t')!) });
  kernel.advance(10n);
  assert.is(clock.nextTimeNs('t'), start + 10n);
  manager.runWithTimeout(0);
  assert.equal(seen, [start + 10n, start + 20n]);
});

test('S38: an alert in the past takes no time back', () => {
  const clock = new TestClock({ startNs: 100n });
  const seen: bigint[] = [];
  clock.alertAt(1n, ({ tsEvent, tsInit }) => void seen.push(tsEvent, tsInit, clock.timestampNs()));
  clock.advanceTime(100n);
  assert.equal(seen, [1n, 100n, 100n]);
});

test('S37: alerts of one time fire in the order of setting, however many', () => {
  for (const count of [10, 5_000]) {
    const clock = new TestClock();
    const seen: number[] = [];
    for (let i = 0; i < count; i += 1) clock.alertAt(5n, () => void seen.push(i));
    clock.advanceTime(5n);
    assert.equal(seen, [...Array(count).keys()]);
  }
});

test('10 000 alerts of one time that each set one for now take no time for one another', () => {
  // By counting: each event takes one step down a heap of four children a node.
  const clock = new TestClock();
  let fired = 0;
  const again = () => {
    fired += 1;
    clock.alertAt(5n, () => {
      fired += 1;
    });
  };
  for (let i = 0; i < 10_000; i += 1) clock.alertAt(5n, again);
  const began = performance.now();
  clock.advanceTime(5n);
  assert.is(fired, 20_000);
  // 4.8 s where each turn sorted all of them.
  assert.ok(performance.now() - began < 2_000);
});

test.run();
