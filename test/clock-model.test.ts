import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Alert, TestClock } from 'wasm-event-manager/clock';
import { randomFrom } from './fixtures/random.js';

/** A timer as it should be: where it fires next, and what comes then. */
interface Expected {
  name: string;
  time: bigint;
  interval: bigint;
  stop: bigint;
  /** The order of setting. */
  order: number;
}

/** What an advance fires, by a plain sorted list: by time, and then by the order of setting. */
function advance(timers: Map<string, Expected>, to: bigint): string[] {
  const fired: string[] = [];
  for (;;) {
    const due = [...timers.values()].filter(({ time }) => time <= to);
    due.sort((a, b) => Number(a.time - b.time) || a.order - b.order);
    const [first] = due;
    if (!first) return fired;
    fired.push(`${first.name}@${first.time}`);
    first.time += first.interval;
    if (first.interval === 0n || first.time > first.stop) timers.delete(first.name);
  }
}

for (const seed of [1, 22, 333, 4_444]) {
  test(`F89, F90, F91: timers set, replaced and cancelled at random, seed ${seed}`, () => {
    const random = randomFrom(seed);
    const clock = new TestClock();
    const expected = new Map<string, Expected>();
    const fired: string[] = [];
    const handler = ({ name, tsEvent }: { name: string; tsEvent: bigint }) =>
      void fired.push(`${name}@${tsEvent}`);
    const nameOf = () => `timer ${random(40)}`;
    for (let step = 0; step < 2_000; step += 1) {
      const now = clock.timestampNs();
      const name = nameOf();
      const choice = random(10);
      if (choice < 4) {
        const time = now + BigInt(random(200));
        clock.setTimeAlert(name, time, { handler, replace: true });
        expected.set(name, { name, time, interval: 0n, stop: 0n, order: step });
      } else if (choice < 6) {
        const interval = BigInt(1 + random(50));
        const stopNs = now + interval + BigInt(random(300));
        clock.setTimer(name, interval, { handler, replace: true, stopNs });
        const time = now + interval;
        expected.set(name, { name, time, interval, stop: stopNs, order: step });
      } else if (choice < 8) {
        assert.is(clock.cancelTimer(name), expected.delete(name));
      } else {
        const to = now + BigInt(random(60));
        clock.advanceTime(to);
        assert.equal(fired.splice(0), advance(expected, to), `step ${step}`);
      }
      assert.is(clock.timerCount, expected.size);
      assert.is(clock.nextTimeNs(name), expected.get(name)?.time);
    }
  });
}

test('F89: alerts without a name, at random, fire by time', () => {
  const random = randomFrom(55_555);
  const clock = new TestClock();
  const pending = new Set<Alert>();
  let last = 0n;
  for (let step = 0; step < 20_000; step += 1) {
    const time = clock.timestampNs() + BigInt(random(1_000));
    const alert: Alert = clock.alertAt(time, ({ tsEvent }) => {
      assert.ok(tsEvent >= last && tsEvent === alert.time);
      assert.ok(pending.delete(alert));
      last = tsEvent;
    });
    pending.add(alert);
    if (random(3) === 0) {
      const [victim] = pending;
      assert.ok(clock.cancelAlert(victim!));
      pending.delete(victim!);
    }
    if (random(20) === 0) clock.advanceTime(clock.timestampNs() + BigInt(random(500)));
    const late = [...pending].filter(
      (each) => each.time <= clock.timestampNs() && each.time < last,
    );
    assert.is(late.length, 0);
    if (pending.size > 500) clock.advanceTime(clock.timestampNs() + 1_000n);
  }
  clock.advanceTime(clock.timestampNs() + 1_000n);
  assert.is(pending.size, 0);
});

test.run();
