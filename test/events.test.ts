import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, EventSet, Events } from 'wasm-event-manager';
import { TestClock, TimeEvent } from 'wasm-event-manager/clock';
import { type FdEventView, js } from 'wasm-event-manager/handlers';
import { Event, Events as PolledEvents } from 'wasm-event-manager/poll';

const { IN, OUT, PRIORITY, ERROR, HANG_UP, READ_HANG_UP, EDGE_TRIGGERED } = EventSet;
const REPORTED = [IN, OUT, PRIORITY, ERROR, HANG_UP, READ_HANG_UP];
/** Every set of events that the kernel can report. */
const SETS = Array.from({ length: 2 ** REPORTED.length }, (_, n) =>
  REPORTED.reduce((set, bit, i) => ((n >> i) & 1 ? set | bit : set), 0),
);
type Answers = Record<string, boolean>;

/** What the words of mio and of the kernel mean, said of the flags by name. */
function meaningOf(set: number): Answers {
  const flags = new Set(EventSet.format(set).split('|'));
  return {
    readable: flags.has('IN'),
    writable: flags.has('OUT'),
    priority: flags.has('PRIORITY'),
    error: flags.has('ERROR'),
    hangUp: flags.has('HANG_UP'),
    readHangUp: flags.has('READ_HANG_UP'),
    readClosed: flags.has('HANG_UP') || (flags.has('IN') && flags.has('READ_HANG_UP')),
    writeClosed: flags.has('HANG_UP') || (flags.has('ERROR') && !flags.has('IN')),
  };
}

/** The same, as an object answers it. */
function answersOf(event: Events | FdEventView): Answers {
  const { readable, writable, priority, error, hangUp, readHangUp } = event;
  const { readClosed, writeClosed } = event;
  return { readable, writable, priority, error, hangUp, readHangUp, readClosed, writeClosed };
}

test('events say what each set of flags means, beside flags of the interest', () => {
  for (const set of SETS) {
    assert.equal(answersOf(new Events(7, set)), meaningOf(set), EventSet.format(set));
    assert.equal(answersOf(new Events(7, set | EDGE_TRIGGERED)), meaningOf(set));
  }
});

test('F59: a view answers all that its event does, while its handler runs', () => {
  for (const set of SETS) {
    const event = new Events(7, set, 3);
    let calls = 0;
    const handler = js<Events>(
      (view) => {
        calls += 1;
        assert.equal(answersOf(view), meaningOf(set), EventSet.format(set));
        assert.equal([view.fd, view.data, view.eventSet, view.injected], [7, 3, set, false]);
        assert.is(view.has(IN | OUT), (set & IN) !== 0 && (set & OUT) !== 0);
        assert.is(view.clone(), event);
      },
      { readOnly: true },
    );
    handler.handle(event, undefined);
    assert.is(calls, 1);
  }
});

test('F59: the view of a time answers its name, its times and its count', () => {
  const seen: unknown[] = [];
  const handler = js<TimeEvent>(
    ({ name, tsEvent, tsInit, count }) => void seen.push(name, tsEvent, tsInit, count),
    { readOnly: true },
  );
  handler.handle(new TimeEvent('a', 5n, 6n, 2), undefined);
  assert.equal(seen, ['a', 5n, 6n, 2]);
});

test('a polled event says what each set of flags means: IN or PRIORITY can be read', () => {
  for (const set of SETS) {
    const event = new Event(4, set);
    const meaning = meaningOf(set);
    assert.is(event.readable, meaning.readable || meaning.priority);
    for (const name of ['writable', 'priority', 'error', 'readClosed', 'writeClosed'] as const)
      assert.is(event[name], meaning[name], `${name} of ${event}`);
    assert.is(String(event), `4: ${EventSet.format(set)}`);
  }
});

test('what a poll has brought can be counted, and has the size it was made with', () => {
  const events = PolledEvents.withCapacity(3);
  assert.equal([events.capacity, events.length, events.isEmpty], [3, 0, true]);
  assert.equal([...events], []);
  assert.is(new PolledEvents().capacity, 1_024);
});

test('what `console.log` shows of an event is what a reader looks for', () => {
  assert.is(inspect(new Events(7, IN | OUT, 3)), 'Events { fd: 7, IN|OUT, data: 3 }');
  assert.is(inspect(new Events(0)), 'Events { fd: 0, EMPTY, data: 0 }');
  const shown: string[] = [];
  using manager = new EventManager();
  const id = manager.addSubscriber({ process: (events) => void shown.push(inspect(events)) });
  manager.inject(id, new Events(9, HANG_UP, 1));
  manager.run();
  assert.equal(shown, ['Events { fd: 9, HANG_UP, data: 1, injected }']);
  const time = new TimeEvent('a "b"', 5n, 6n);
  assert.is(inspect(time), 'TimeEvent { "a \\"b\\"", tsEvent: 5, tsInit: 6 }');
  const several = inspect(new TimeEvent('a', 5n, 6n, 4));
  assert.is(several, 'TimeEvent { "a", tsEvent: 5, tsInit: 6, count: 4 }');
});

test('events are equal by fd, data and set', () => {
  const event = new Events(7, IN, 3);
  assert.is(event.equals(new Events(7, IN, 3)), true);
  for (const other of [new Events(8, IN, 3), new Events(7, OUT, 3), new Events(7, IN, 4)])
    assert.is(event.equals(other), false);
  assert.is(event.has(IN), true);
  assert.is(event.has(IN | OUT), false);
  assert.is(event.has(0), true);
});

test('a clock tells the time in each unit, rounded down', () => {
  const clock = new TestClock({ startNs: 1_700_000_000_123_456_789n });
  const at = clock.timestampNs();
  assert.is(clock.timestampUs(), Number(at / 1_000n));
  assert.is(clock.timestampMs(), Number(at / 1_000_000n));
  assert.is(clock.timestamp(), Number(at / 1_000n) / 1e6);
  assert.is(clock.utcNow().getTime(), Number(at / 1_000_000n));
});

test.run();
