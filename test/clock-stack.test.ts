import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { type Alert, type Clock, LiveClock, TestClock } from 'wasm-event-manager/clock';
import { overflows, sweep } from './fixtures/stack.js';

const FAR = 2n ** 62n;
const handler = () => {};

/** What is set on a clock: names, and which of these alerts. */
function setOn(clock: Clock, alerts: Iterable<Alert>): unknown {
  return [[...clock.timerNames].sort(), [...alerts].map(({ active }) => active)];
}

/** Everything that is set fires, once, and nothing else; what is 'far' would. */
function fireAll(clock: Clock, fired: string[], advance: () => void): void {
  clock.cancelTimer('far');
  const names = clock.timerNames;
  fired.length = 0;
  advance();
  assert.equal([...fired].sort(), [...names, 'alert'].sort());
  assert.equal(clock.timerNames, []);
}

interface Kind {
  make(): Clock;
  /** A time to come, before which nothing else is set. */
  soon(clock: Clock): bigint;
  advance(clock: Clock): void;
}

const manager = new EventManager();
const KINDS: Record<string, Kind> = {
  test: {
    make: () => new TestClock(),
    soon: (clock) => clock.timestampNs() + 10n,
    advance: (clock) => void (clock as TestClock).advanceTime(clock.timestampNs() + 10n),
  },
  live: {
    make: () => new LiveClock(manager),
    soon: (clock) => clock.timestampNs(),
    advance: () => void manager.runWithTimeout(0),
  },
};

for (const [kind, { make, soon, advance }] of Object.entries(KINDS)) {
  const clock = make();
  const fired: string[] = [];
  const note = ({ name }: { name: string }) => void fired.push(name || 'alert');

  const calls: Record<string, (time: bigint) => void> = {
    setTimeAlert: (time) => clock.setTimeAlert('a', time, { handler: note }),
    replace: (time) => clock.setTimeAlert('kept', time, { handler: note, replace: true }),
    setTimer: () => clock.setTimer('far', 2n ** 60n, { handler: note }),
    cancelTimer: () => void clock.cancelTimer('kept'),
    cancelTimers: () => clock.cancelTimers(),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(`S45: ${name} of a ${kind} clock, out of stack, changes nothing or all`, () => {
      let was: unknown;
      let time = 0n;
      const prepare = () => {
        clock.cancelTimers();
        time = soon(clock);
        clock.setTimeAlert('kept', time, { handler: note });
        clock.alertAt(time, note);
        was = setOn(clock, []);
      };
      prepare();
      sweep(
        () => call(time),
        (overflowed, step) => {
          if (overflowed) assert.equal(setOn(clock, []), was, `${step} frames`);
          fireAll(clock, fired, () => advance(clock));
          prepare();
        },
      );
      advance(clock);
    });
  }
  test(`S45: alertAt and cancelAlert of a ${kind} clock, out of stack, do nothing or all`, () => {
    let alert: Alert | undefined;
    sweep(
      () => {
        alert = clock.alertAt(soon(clock), note);
      },
      (overflowed) => {
        fired.length = 0;
        advance(clock);
        assert.equal(fired, overflowed ? [] : ['alert']);
      },
    );
    alert = clock.alertAt(FAR, note);
    sweep(
      () => void clock.cancelAlert(alert!),
      (overflowed, step) => {
        assert.is(alert!.active, overflowed, `${step} frames`);
        if (!overflowed) alert = clock.alertAt(FAR, note);
        fired.length = 0;
        clock.setTimeAlert('after', soon(clock), { handler: note });
        advance(clock);
        assert.equal(fired, ['after']);
      },
    );
    clock.cancelAlert(alert);
  });
}

test('S45: an advance out of stack goes on later, and loses no timer', () => {
  const clock = new TestClock();
  let fired = 0;
  const note = () => {
    fired += 1;
  };
  const prepare = () => {
    for (let i = 0n; i < 5n; i += 1n) clock.alertAt(clock.timestampNs() + i, note);
    clock.setTimer('t', 2n, { handler: note, stopNs: clock.timestampNs() + 4n });
  };
  prepare();
  const end = () => clock.timestampNs() + 10n;
  sweep(
    () => void clock.advanceTime(end()),
    (_, step) => {
      clock.advanceTime(end());
      assert.is(fired, 7, `${step} frames`);
      fired = 0;
      prepare();
    },
  );
});

test('S45: a turn out of stack goes on later, and loses no timer', () => {
  const clock = new LiveClock(manager);
  let fired = 0;
  const note = () => {
    fired += 1;
  };
  const prepare = () => {
    for (let i = 0; i < 5; i += 1) clock.alertAt(clock.timestampNs(), note);
  };
  prepare();
  sweep(
    () => void manager.runWithTimeout(0),
    (_, step) => {
      for (let i = 0; i < 5 && fired < 5; i += 1) manager.runWithTimeout(0);
      assert.is(fired, 5, `${step} frames`);
      fired = 0;
      prepare();
    },
  );
});

test('S45: a clock that is made or disposed out of stack can be so again', () => {
  sweep(
    () => void new LiveClock(manager),
    () => new LiveClock(manager).dispose(),
  );
  let clock = new LiveClock(manager);
  clock.alertAt(FAR, handler);
  sweep(
    () => clock.dispose(),
    () => {
      clock.dispose();
      assert.is(
        overflows(() => clock.dispose()),
        false,
      );
      clock = new LiveClock(manager);
      clock.alertAt(FAR, handler);
    },
  );
});

test.run();
