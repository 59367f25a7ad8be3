import { readSync, writeSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events, type SubscriberOps } from 'wasm-event-manager';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { withCode } from './fixtures/configurations.js';
import { type TestProcedures, VALUES } from './fixtures/remote-worker.js';
import {
  fdsOpen,
  fdTarget,
  runBlockedUntil,
  runWhilePending,
  startScenario,
} from './fixtures/threads.js';

const test = suite<{ manager: EventManager; notes: unknown[] }>('remote calls');

test.before.each((state) => {
  state.manager = new EventManager();
  state.notes = [];
  state.manager.expose({
    add: (_ops, a: number, b: number) => a + b,
    echo: (_ops, value: unknown) => value,
    note: (_ops, value: unknown) => void state.notes.push(value),
    later: async (_ops, value: number) => value,
  });
});
test.after.each(({ manager }) => manager.close());

/** Runs a scenario to its end against the manager: its answer. */
function answerOf(manager: EventManager, scenario: string, capacity = 256): Promise<unknown> {
  const port = manager.remoteEndpoint().share({ capacity });
  const { result } = startScenario('remote-worker.js', scenario, { port }, [port]);
  return runWhilePending(manager, result);
}

// The first test: no worker of an earlier one closes fds meanwhile, whose numbers come again.
test('S35, F74: a full wake-up counter means awake', async () => {
  using manager = new EventManager();
  const before = fdsOpen();
  const port = manager.remoteEndpoint().share();
  const own = fdsOpen().find((fd) => !before.includes(fd) && fdTarget(fd).includes('eventfd'))!;
  writeSync(own, new BigUint64Array([2n ** 64n - 2n]));
  assert.throws(() => writeSync(own, new BigUint64Array([1n])), withCode('EAGAIN'));
  // With nobody at work, the worker finds the counter full.
  const { result } = startScenario('remote-worker.js', 'kick', { port }, [port]);
  await result;
  assert.is(manager.runWithTimeout(0), 0);
  assert.throws(() => readSync(own, new BigUint64Array(1)), withCode('EAGAIN'));
});

test('F75, F76: a worker calls, blocking and awaiting', async ({ manager }) => {
  assert.equal(await answerOf(manager, 'results'), [3, 7]);
});

test('F75: a blocking call is answered while the owner is blocked in run', ({ manager, notes }) => {
  const port = manager.remoteEndpoint().share();
  startScenario('remote-worker.js', 'order', { port }, [port]);
  // Nothing of Node's own loop runs in here.
  runBlockedUntil(manager, () => notes.at(-1) === 'end');
  assert.is(notes.length, 101);
});

test('S30: what a procedure promises settles once a blocking run is over', async ({ manager }) => {
  const port = manager.remoteEndpoint().share();
  const { result } = startScenario('remote-worker.js', 'later', { port }, [port]);
  runBlockedUntil(manager, () => manager.metrics().dispatched === 1);
  // It was called, and the caller still waits.
  assert.is(manager.runWithTimeout(50), 0);
  assert.is(await result, 6);
});

test('F78: calls of one endpoint run in their order, however they travel', async (state) => {
  await answerOf(state.manager, 'order');
  const numbers = state.notes.slice(0, 100).map((note) => (note as { i: number }).i ?? note);
  assert.equal(numbers, [...Array(100).keys()]);
});

test('arguments and results arrive as structured clone makes them', async ({ manager }) => {
  const answer = (await answerOf(manager, 'values')) as unknown[];
  assert.is(answer.length, VALUES.length);
  for (const [i, value] of answer.entries()) assert.equal(value, VALUES[i]);
  assert.ok(Object.is(answer[1], -0));
});

test('answers by port reach the call that they belong to', async ({ manager }) => {
  const expected = Array.from({ length: 20 }, (_, i) => ({ i }));
  assert.equal(await answerOf(manager, 'mixed'), [{ own: true }, expected]);
});

test('what is transferred moves', async ({ manager }) => {
  assert.equal(await answerOf(manager, 'transferred'), [0, 16]);
});

test('an endpoint can be cloned, and shared on from a worker', async ({ manager }) => {
  assert.is(await answerOf(manager, 'clones'), 42);
  assert.equal(await answerOf(manager, 'shared'), [3, 7]);
});

test('one endpoint serves any number of workers', async ({ manager }) => {
  const answers = Array.from({ length: 4 }, () => answerOf(manager, 'results'));
  // They take turns at running the manager, which only one may at a time: all from one thread.
  for (const answer of await Promise.all(answers)) assert.equal(answer, [3, 7]);
});

test('F73: a kick ends the wait, and counts as nothing', async ({ manager }) => {
  const endpoint = manager.remoteEndpoint();
  endpoint.kick();
  endpoint.kick();
  assert.is(manager.runWithTimeout(5_000), 0);
  // Both kicks were one wake-up.
  const began = performance.now();
  assert.is(manager.runWithTimeout(30), 0);
  assert.ok(performance.now() - began >= 25);
});

test('sharing an endpoint wakes nobody', ({ manager }) => {
  manager.remoteEndpoint().share().close();
  using other = manager.remoteEndpoint().clone();
  const began = performance.now();
  assert.is(manager.runWithTimeout(30), 0);
  assert.ok(performance.now() - began >= 25);
  assert.is(other.closed, false);
});

test('F73: a kick from a worker ends a wait', async ({ manager }) => {
  const port = manager.remoteEndpoint().share();
  const { result } = startScenario('remote-worker.js', 'kick', { port }, [port]);
  const began = performance.now();
  assert.is(manager.runWithTimeout(10_000), 0);
  // A thread takes some milliseconds to start.
  const elapsed = performance.now() - began;
  assert.ok(elapsed > 3 && elapsed < 9_000, `${elapsed} ms`);
  await result;
});

test('F9: a worker stops runForever', async ({ manager }) => {
  const port = manager.remoteEndpoint().share();
  const { result } = startScenario('remote-worker.js', 'stop', { port }, [port]);
  manager.runForever();
  await result;
  assert.is(manager.runWithTimeout(0), 0);
});

test('S12: what a procedure queues is handled in the next turn', ({ manager }) => {
  const endpoint = manager.remoteEndpoint();
  let runs = 0;
  manager.expose({
    again: () => {
      runs += 1;
      endpoint.fire('again');
    },
  });
  endpoint.fire('again');
  for (let turn = 1; turn <= 5; turn += 1) {
    assert.is(manager.runWithTimeout(1_000), 1);
    assert.is(runs, turn);
  }
});

test('S12: remote calls come after the fds of their turn', ({ manager, notes }) => {
  using bell = new EventFd(1);
  manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, EventSet.IN)),
    process: () => {
      bell.read();
      notes.push('fd');
    },
  });
  manager.remoteEndpoint().fire('note', 'remote');
  assert.is(manager.runWithTimeout(0), 2);
  assert.equal(notes, ['fd', 'remote']);
});

test("S19: run counts procedures, and not the library's own wake-ups", ({ manager }) => {
  const endpoint = manager.remoteEndpoint();
  endpoint.fire('note', 1);
  endpoint.fire('note', 2);
  assert.is(manager.runWithTimeout(100), 2);
  assert.is(manager.metrics().dispatched, 2);
  assert.is(manager.metrics().subscribers, 0);
});

test('a procedure gets the subscriber operations of the manager', async ({ manager }) => {
  using bell = new EventFd(1);
  let rung = 0;
  manager.expose({
    watch: (ops) => {
      ops.addSubscriber({
        init: (own) => own.add(new Events(bell, EventSet.IN)),
        process: () => {
          bell.read();
          rung += 1;
        },
      });
    },
  });
  const watched = manager.remoteEndpoint().call('watch');
  await runWhilePending(manager, watched);
  manager.runWithTimeout(100);
  assert.is(rung, 1);
});

test("F76: from the owner's own thread, a call is done in the next turn", async ({ manager }) => {
  const endpoint = manager.remoteEndpoint<TestProcedures>();
  const given = { list: [1] };
  const sum = endpoint.call('add', 1, 2);
  const copy = endpoint.call('echo', given);
  const later = endpoint.call('later', 5);
  given.list.push(2);
  assert.is(manager.runWithTimeout(0), 3);
  assert.is(await sum, 3);
  assert.equal(await copy, { list: [1] });
  assert.is(await later, 5);
});

test('an endpoint of its own thread that was taken up by port works too', async ({ manager }) => {
  using endpoint = RemoteEndpoint.from<TestProcedures>(manager.remoteEndpoint().share());
  assert.is(await runWhilePending(manager, endpoint.call('add', 1, 2)), 3);
});

test('an endpoint knows names, arguments and results', async ({ manager }) => {
  const procedures = {
    length: (_ops: SubscriberOps, text: string) => text.length,
    soon: async () => 'soon',
  };
  manager.expose(procedures);
  const endpoint = manager.remoteEndpoint<typeof procedures>();
  const length: Promise<number> = endpoint.call('length', 'four');
  const soon: Promise<string> = endpoint.call('soon');
  // @ts-expect-error: no such procedure
  const unknown = endpoint.call('width', 'four').catch((error) => error.code);
  // @ts-expect-error: not a string; it has no length then
  const wrong = endpoint.call('length', 4);
  manager.runWithTimeout(0);
  assert.equal(await Promise.all([length, soon, unknown, wrong]), [
    4,
    'soon',
    'ERR_UNKNOWN_PROCEDURE',
    undefined,
  ]);
});

test.run();
