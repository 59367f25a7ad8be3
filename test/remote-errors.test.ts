import { MessageChannel } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { RemoteEndpoint, RemoteTimeoutError, transfer } from 'wasm-event-manager/remote';
import { withCode } from './fixtures/configurations.js';
import type { TestProcedures } from './fixtures/remote-worker.js';
import { runWhilePending, startScenario } from './fixtures/threads.js';

interface Plain {
  name: string;
  code: string;
  message: string;
  started?: boolean;
  remoteStack?: string;
}
const test = suite<{ manager: EventManager; notes: unknown[] }>('remote calls that fail');

test.before.each((state) => {
  state.manager = new EventManager();
  state.notes = [];
  state.manager.expose({
    add: (_ops, a: number, b: number) => a + b,
    echo: (_ops, value: unknown) => value,
    note: (_ops, value: unknown) => void state.notes.push(value),
    fail: () => {
      throw Object.assign(new RangeError('too far'), { code: 'ERR_TOO_FAR', distance: 7 });
    },
    slow: (_ops, milliseconds: number) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
      return milliseconds;
    },
    function: () => () => 1,
  });
});
test.after.each(({ manager }) => manager.close());

function answerOf<T>(manager: EventManager, scenario: string, capacity = 256): Promise<T> {
  const port = manager.remoteEndpoint().share({ capacity });
  const { result } = startScenario<T>('remote-worker.js', scenario, { port }, [port]);
  return runWhilePending(manager, result);
}

test('an error arrives with its class, its code and the stack from over there', async (state) => {
  const [fail, unknown, argument, result, list, timeout] = await answerOf<Plain[]>(
    state.manager,
    'errors',
  );
  assert.equal([fail!.name, fail!.code, fail!.message], ['RangeError', 'ERR_TOO_FAR', 'too far']);
  assert.match(fail!.remoteStack!, 'remote-errors.test');
  assert.is(unknown!.code, 'ERR_UNKNOWN_PROCEDURE');
  assert.match(unknown!.message, /'add', 'echo'/);
  assert.is(argument!.code, 'ERR_NOT_CLONEABLE');
  assert.match(argument!.message, "an argument of 'echo'");
  assert.is(result!.code, 'ERR_NOT_CLONEABLE');
  assert.is(list!.code, 'ERR_INVALID_ARG_TYPE');
  assert.is(timeout!.code, 'ERR_OUT_OF_RANGE');
  // None of it has harmed the manager.
  assert.equal(await answerOf(state.manager, 'results'), [3, 7].slice(0, 2));
});

test('a promise is rejected with the same errors', async ({ manager }) => {
  const answers = await answerOf<Plain[]>(manager, 'rejections');
  assert.equal(
    answers.map(({ code }) => code),
    ['ERR_TOO_FAR', 'ERR_NOT_CLONEABLE', 'ERR_NOT_CLONEABLE'],
  );
});

test('S32, F77, F79: a timed-out call tells whether it was started, and else never runs', async ({
  manager,
  notes,
}) => {
  const [slow, queued, zero, sum] = await answerOf<Plain[]>(manager, 'timeouts');
  assert.equal([slow!.code, slow!.started], ['ERR_TIMED_OUT', true]);
  assert.equal([queued!.code, queued!.started], ['ERR_TIMED_OUT', false]);
  assert.equal([zero!.code, zero!.started], ['ERR_TIMED_OUT', false]);
  assert.is(sum as unknown, 42);
  for (let i = 0; i < 5; i += 1) manager.runWithTimeout(5);
  assert.equal(notes, []);
});

test('S33, F83: a full queue refuses, and what it has taken is done', async ({
  manager,
  notes,
}) => {
  const port = manager.remoteEndpoint().share({ capacity: 4 });
  const { result } = startScenario<(Plain | undefined)[]>('remote-worker.js', 'full', { port }, [
    port,
  ]);
  // Nobody is at work while the worker fires five times.
  const answers = await result;
  assert.equal(
    answers.map((each) => each?.code),
    [undefined, undefined, undefined, undefined, 'ERR_QUEUE_FULL'],
  );
  manager.runWithTimeout(100);
  manager.runWithTimeout(0);
  assert.equal(notes, [0, 1, 2, 3]);
});

test("S33: the queue of the owner's own thread is bounded too", ({ manager, notes }) => {
  const endpoint = manager.remoteEndpoint({ capacity: 2 });
  endpoint.fire('note', 1);
  endpoint.fire('note', 2);
  assert.throws(() => endpoint.fire('note', 3), withCode('ERR_QUEUE_FULL'));
  assert.is(manager.runWithTimeout(0), 2);
  endpoint.fire('note', 4);
  manager.runWithTimeout(0);
  assert.equal(notes, [1, 2, 4]);
});

test("S31, F80: a blocking call from the owner's own thread throws", ({ manager }) => {
  const endpoint = manager.remoteEndpoint<TestProcedures>();
  assert.throws(() => endpoint.callBlocking('add', [1, 2]), withCode('ERR_WOULD_DEADLOCK'));
  using other = RemoteEndpoint.from<TestProcedures>(endpoint.share());
  const call = () => other.callBlocking('add', [1, 2], { timeout: 10 });
  assert.throws(call, withCode('ERR_WOULD_DEADLOCK'));
  // From inside a procedure it is the owner's own thread as well.
  manager.expose({ inside: () => assert.throws(call, withCode('ERR_WOULD_DEADLOCK')) });
  manager.remoteEndpoint().fire('inside');
  assert.is(manager.runWithTimeout(0), 1);
});

test('an error of a call that nobody waits for goes the way of a handler error', async (state) => {
  const endpoint = state.manager.remoteEndpoint<TestProcedures>();
  endpoint.fire('fail');
  assert.throws(() => state.manager.runWithTimeout(0), withCode('ERR_TOO_FAR'));
  const reported: unknown[] = [];
  using manager = new EventManager({
    onHandlerError: 'report',
    onError: (error) => void reported.push(error),
  });
  manager.remoteEndpoint().fire('missing');
  assert.is(manager.runWithTimeout(0), 1);
  assert.is((reported[0] as Plain).code, 'ERR_UNKNOWN_PROCEDURE');
});

test('a call from the own thread is held to the same rules', async ({ manager }) => {
  const endpoint = manager.remoteEndpoint();
  const codes = ['echo', 'function', 'unknown', 'fail'].map((name) =>
    endpoint.call(name, name === 'echo' ? Symbol('no') : 1).then(
      () => 'answered',
      (error: Plain) => error.code,
    ),
  );
  manager.runWithTimeout(0);
  assert.equal(await Promise.all(codes), [
    'ERR_NOT_CLONEABLE',
    'ERR_NOT_CLONEABLE',
    'ERR_UNKNOWN_PROCEDURE',
    'ERR_TOO_FAR',
  ]);
});

test('wrong arguments are refused before anything happens', ({ manager }) => {
  const { port1, port2 } = new MessageChannel();
  const calls: [() => unknown, string][] = [
    [() => manager.expose(null as never), 'ERR_INVALID_ARG_TYPE'],
    [() => manager.expose({ add: 1 } as never), 'ERR_INVALID_ARG_TYPE'],
    [() => manager.remoteEndpoint({ capacity: 0 }), 'ERR_OUT_OF_RANGE'],
    [() => manager.remoteEndpoint().share({ capacity: 1.5 }), 'ERR_OUT_OF_RANGE'],
    [() => RemoteEndpoint.from({} as never), 'ERR_INVALID_ARG_TYPE'],
    [() => RemoteEndpoint.from(port1), 'ERR_INVALID_ENDPOINT'],
    [() => transfer(1 as never, []), 'ERR_INVALID_ARG_TYPE'],
    [() => transfer({}, undefined as never), 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [call, code] of calls) assert.throws(call, withCode(code));
  port2.close();
});

test('a port is taken up once; an endpoint itself is not posted, and says what is', ({
  manager,
}) => {
  const endpoint = manager.remoteEndpoint();
  const port = endpoint.share();
  using taken = RemoteEndpoint.from(port);
  assert.is(taken.closed, false);
  assert.throws(() => RemoteEndpoint.from(port), withCode('ERR_INVALID_ENDPOINT'));
  assert.throws(() => structuredClone(endpoint), /endpoint\.share\(\)/);
});

test('the error of a time-out says what became of the call', () => {
  const { message } = new RemoteTimeoutError('add', 5, false);
  assert.match(message, "'add' took longer than 5 ms");
  assert.match(message, 'never will be');
});

test.run();
