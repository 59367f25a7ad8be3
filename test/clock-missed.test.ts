import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { LiveClock, type MissedPolicy, TestClock, type TimeEvent } from 'wasm-event-manager/clock';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';

const MS = 1_000_000n;

/** On the simulated kernel, so that nothing is late by itself. */
interface Context {
  kernel: SimulatedSyscalls;
  manager: EventManager;
  clock: LiveClock;
  events: TimeEvent[];
  handler: (event: TimeEvent) => void;
}

const test = suite<Context>('missed events');

test.before.each((state) => {
  state.kernel = new SimulatedSyscalls();
  state.manager = new EventManager({ syscalls: state.kernel });
  state.clock = new LiveClock(state.manager);
  state.events = [];
  state.handler = (event) => void state.events.push(event);
});
test.after.each(({ manager }) => manager.close());

/** When events came, as times after the first, with their counts where they stand for several. */
function shown(events: TimeEvent[], start: bigint): string {
  return events
    .map(({ tsEvent, count }) => `${(tsEvent - start) / MS}${count > 1 ? `x${count}` : ''}`)
    .join(' ');
}

const POLICIES: [MissedPolicy, string][] = [
  ['all', '10 20 30 40 50'],
  ['coalesce', '50x5'],
  ['skip', '50'],
];

for (const [missed, expected] of POLICIES) {
  test(`S42: a timer that comes late has its events by '${missed}', its stop included`, (state) => {
    const { kernel, manager, clock, events, handler } = state;
    const start = clock.timestampNs();
    clock.setTimer('t', 10n * MS, { handler, missed, stopNs: start + 50n * MS });
    kernel.advance(1_000n * MS);
    manager.runWithTimeout(0);
    assert.is(shown(events, start), expected);
    assert.is(clock.timerCount, 0);
    assert.is(manager.runWithTimeout(100), 0);
  });

  test(`S42: a timer that is late now and then goes on upon its grid, by '${missed}'`, (state) => {
    const { kernel, manager, clock, events, handler } = state;
    const start = clock.timestampNs();
    clock.setTimer('t', 10n * MS, { handler, missed });
    for (const wait of [10n, 5n, 37n, 8n]) {
      kernel.advance(wait * MS);
      manager.runWithTimeout(0);
    }
    const late = { all: '20 30 40 50', coalesce: '50x4', skip: '50' }[missed];
    assert.is(shown(events, start), `10 ${late} 60`);
    assert.is(clock.nextTimeNs('t'), start + 70n * MS);
  });

  test(`S42: a schedule that comes late has its events by '${missed}'`, (state) => {
    const { kernel, manager, clock, events, handler } = state;
    const start = clock.timestampNs();
    const schedule = { nextRun: (from?: Date) => new Date(Number(from) + 10) };
    clock.setSchedule('t', schedule, { handler, missed });
    kernel.advance(55n * MS);
    manager.runWithTimeout(0);
    assert.is(shown(events, start - (start % MS)), expected);
  });
}

test('S42: all events of a long stop come, in order, a thousand or so in a turn', (state) => {
  const { kernel, manager, clock } = state;
  const start = clock.timestampNs();
  const seen: string[] = [];
  const handler = ({ name, tsEvent }: TimeEvent) => void seen.push(`${name}${tsEvent - start}`);
  clock.setTimer('a', 2_000n, { handler });
  clock.setTimer('b', 3_000n, { handler });
  kernel.advance(6n * MS);
  const calls: number[] = [];
  for (let turn = 0; turn < 20 && seen.length < 5_000; turn += 1) {
    calls.push(manager.runWithTimeout(0));
  }
  assert.is(seen.length, 5_000);
  assert.is(calls.length, 5);
  for (const count of calls) assert.ok(count <= 1_002, `${count} calls`);
  const times = (name: string) =>
    seen.filter((each) => each.startsWith(name)).map((each) => Number(each.slice(1)));
  assert.equal(
    times('a'),
    Array.from({ length: 3_000 }, (_, i) => 2_000 * (i + 1)),
  );
  assert.equal(
    times('b'),
    Array.from({ length: 2_000 }, (_, i) => 3_000 * (i + 1)),
  );
});

test('S42: a timer that never catches up keeps nobody from their turn', () => {
  using manager = new EventManager();
  const clock = new LiveClock(manager);
  let most = 0;
  let over = false;
  let others = 0;
  clock.setTimer('fast', 1n, { handler: () => {} });
  const start = clock.timestampNs();
  const count = () => {
    others += 1;
  };
  const end = () => {
    over = true;
  };
  clock.setTimer('other', 10n * MS, { startNs: start, handler: count });
  clock.setTimeAlert('end', start + 105n * MS, { handler: end });
  for (let turn = 0; turn < 100_000 && !over; turn += 1) {
    most = Math.max(most, manager.runWithTimeout(100));
  }
  assert.ok(over);
  // On a busy machine several may be late together, and some of those still to come.
  assert.ok(others >= 2, `${others} of 10`);
  assert.ok(most <= 1_003, `${most} calls in a turn`);
  // The next turns wait for nobody, and none of its events is lost.
  assert.ok(clock.nextTimeNs('fast')! < clock.timestampNs());
});

test('S42: 10 000 times of a schedule are counted in turns', (state) => {
  const { kernel, manager, clock, events, handler } = state;
  let asked = 0;
  const nextRun = (from?: Date) => {
    asked += 1;
    return new Date(Number(from) + 1);
  };
  clock.setSchedule('coalesce', { nextRun }, { handler, missed: 'coalesce' });
  kernel.advance(10_000n * MS);
  for (let turn = 0; turn < 30 && clock.nextTimeNs('coalesce')! <= clock.timestampNs(); turn += 1) {
    asked = 0;
    assert.ok(manager.runWithTimeout(0) <= 1);
    assert.ok(asked <= 1_001, `asked ${asked} times in a turn`);
  }
  assert.is(
    events.reduce((sum, { count }) => sum + count, 0),
    10_000,
  );
});

test('S42: skip goes on behind what was missed, however much', (state) => {
  const { kernel, manager, clock, events, handler } = state;
  const schedule = { nextRun: (from?: Date) => new Date(Number(from) + 1) };
  clock.setSchedule('t', schedule, { handler, missed: 'skip' });
  kernel.advance(10_000n * MS);
  manager.runWithTimeout(0);
  assert.is(manager.runWithTimeout(0), 0);
  assert.equal([events.length, events[0]!.count], [1, 1]);
});

test('S42: the test clock misses nothing', () => {
  for (const missed of ['all', 'coalesce', 'skip'] as const) {
    const clock = new TestClock();
    const counts: number[] = [];
    clock.setTimer('t', 10n, { missed, handler: ({ count }) => void counts.push(count) });
    clock.advanceTime(35n);
    assert.equal(counts, [1, 1, 1]);
  }
});

test('S24: a budget holds for timers, and nothing starves', () => {
  const kernel = new SimulatedSyscalls();
  using manager = new EventManager({ syscalls: kernel, budget: { events: 3 } });
  const clock = new LiveClock(manager);
  const seen: string[] = [];
  const handler = ({ name }: TimeEvent) => void seen.push(name);
  clock.setTimer('fast', 1_000n, { handler, stopNs: clock.timestampNs() + 5_000n });
  const soon = clock.timestampNs() + 2_000n;
  for (const name of ['a', 'b', 'c', 'd']) clock.setTimeAlert(name, soon, { handler });
  kernel.advance(10_000n);
  const turns: number[] = [];
  for (let turn = 0; turn < 10 && clock.timerCount > 0; turn += 1) turns.push(manager.run());
  assert.equal(turns, [3, 3, 3]);
  assert.is(seen.join(' '), 'fast fast a b c d fast fast fast');
  assert.is(manager.runWithTimeout(1), 0);
});

test('bad input: missed is one of three', ({ clock, handler }) => {
  for (const missed of ['none', '', 1, {}]) {
    const options = { handler, missed: missed as never };
    assert.throws(
      () => clock.setTimer('t', 1n, options),
      (error: { code: string; message: string }) =>
        error.code === 'ERR_OUT_OF_RANGE' && /all, coalesce, skip/.test(error.message),
    );
  }
});

test.run();
