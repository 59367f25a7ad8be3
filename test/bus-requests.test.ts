import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MessageBus, type Request } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';

const test = suite<{ bus: MessageBus; seen: unknown[] }>('endpoints and requests');
const withCode = (code: string) => (error: { code: string }) => error.code === code;

test.before.each((state) => {
  state.bus = new MessageBus();
  state.seen = [];
});
test.after.each(({ bus }) => bus.close());

/** The code of the error that a promise is rejected with. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

test('F97: a message is sent to one endpoint, by its name as it is', ({ bus, seen }) => {
  bus.register('risk*', (message, request) => seen.push(message, request));
  bus.send('risk*', 1);
  assert.equal(seen, [1, undefined]);
  assert.equal(bus.endpoints, ['risk*']);
  assert.is(bus.isRegistered('risk*'), true);
  assert.throws(() => bus.send('risk', 1), withCode('ERR_UNKNOWN_ENDPOINT'));
});

test('F97: what a handler sends is delivered after its message', ({ bus, seen }) => {
  bus.register('e', (message) => seen.push(`e ${message}`));
  bus.subscribe('t', () => {
    bus.send('e', 1);
    seen.push('t');
  });
  bus.subscribe('t', () => seen.push("t'"));
  bus.publish('t', 0);
  assert.equal(seen, ['t', "t'", 'e 1']);
});

test('F97: a message to an endpoint that is gone by then is dropped, and counted', (state) => {
  const { bus, seen } = state;
  bus.register('e', () => seen.push('e'));
  bus.subscribe('t', () => {
    bus.send('e', 1);
    bus.deregister('e');
  });
  bus.publish('t', 0);
  assert.equal(seen, []);
  assert.is(bus.counters.dropped, 1);
});

test('F98: a request is answered at once, or later', async ({ bus }) => {
  bus.register<number>('double', (message, request) => request!.respond(message * 2));
  assert.is(await bus.request<number>('double', 21), 42);
  bus.register<number>('later', (message, request) => {
    setTimeout(() => request!.respond(message + 1), 5);
  });
  assert.is(await bus.request<number>('later', 1), 2);
  const { requests, responses, pendingRequests } = bus.counters;
  assert.equal([requests, responses, pendingRequests], [2, 2, 0]);
});

test('F98: answers find their way by correlation id, in any order', async ({ bus }) => {
  const open: Request[] = [];
  bus.register('e', (_, request) => open.push(request!));
  const answers = Promise.all(['a', 'b', 'c'].map((each) => bus.request('e', each)));
  for (const { correlationId, endpoint } of open.reverse()) {
    assert.is(endpoint, 'e');
    assert.is(bus.response(correlationId, `answer ${correlationId}`), true);
  }
  assert.equal(await answers, ['answer 1', 'answer 2', 'answer 3']);
});

test('F98: a callback gets the answer, after the delivery that made it', ({ bus, seen }) => {
  bus.register('e', (_, request) => {
    request!.respond('answer');
    seen.push('handled');
  });
  const callback = (...answer: unknown[]) => seen.push(answer);
  assert.is(bus.request('e', 0, { callback }), 1);
  assert.equal(seen, ['handled', [undefined, 'answer', 1]]);
});

test('F98: an answer to an unknown request is an error, a second one is counted', ({ bus }) => {
  let request!: Request;
  bus.register('e', (_, given) => {
    request = given!;
  });
  assert.throws(() => bus.response(1, 0), withCode('ERR_UNKNOWN_REQUEST'));
  bus.request('e', 0, { callback: () => {} });
  assert.throws(() => bus.response(2, 0), withCode('ERR_UNKNOWN_REQUEST'));
  assert.is(request.respond(0), true);
  assert.is(request.respond(0), false);
  assert.is(request.fail(new Error('late')), false);
  assert.is(bus.response(1, 0), false);
  assert.is(bus.counters.lateResponses, 3);
  assert.is(bus.counters.responses, 1);
});

test('F98: no answer in time is ERR_TIMED_OUT, and the answer is late', async ({ bus }) => {
  let request!: Request;
  bus.register('e', (_, given) => {
    request = given!;
  });
  assert.is(await codeOf(bus.request('e', 0, { timeoutMs: 5 })), 'ERR_TIMED_OUT');
  assert.is(request.respond(0), false);
  const { timedOut, lateResponses, pendingRequests } = bus.counters;
  assert.equal([timedOut, lateResponses, pendingRequests], [1, 1, 0]);
});

test('F98: timeouts go by a test clock', () => {
  const clock = new TestClock();
  const bus = new MessageBus({ clock });
  bus.register('e', () => {});
  const codes: string[] = [];
  const callback = (error: unknown) => codes.push((error as { code: string }).code);
  bus.request('e', 0, { timeoutMs: 10, callback });
  bus.request('e', 0, { timeoutMs: 0.5, callback });
  clock.advanceTime(500_000n);
  assert.is(codes.length, 1);
  clock.advanceTime(9_999_999n);
  assert.is(codes.length, 1);
  clock.advanceTime(10_000_000n);
  assert.equal(codes, ['ERR_TIMED_OUT', 'ERR_TIMED_OUT']);
});

test('F98: what goes wrong at the endpoint is the answer', async ({ bus }) => {
  bus.register('throws', () => {
    throw Object.assign(new Error(), { code: 'THROWN' });
  });
  bus.register('rejects', async () => {
    throw Object.assign(new Error(), { code: 'REJECTED' });
  });
  bus.register('fails', (_, request) =>
    request!.fail(Object.assign(new Error(), { code: 'FAILED' })),
  );
  assert.is(await codeOf(bus.request('throws', 0)), 'THROWN');
  assert.is(await codeOf(bus.request('rejects', 0)), 'REJECTED');
  assert.is(await codeOf(bus.request('fails', 0)), 'FAILED');
  assert.is(await codeOf(bus.request('nobody', 0)), 'ERR_UNKNOWN_ENDPOINT');
  assert.is(await codeOf(bus.request('fails', 0, { timeoutMs: -1 })), 'ERR_OUT_OF_RANGE');
  assert.is(bus.counters.errors, 0);
});

test('an endpoint that answers and then throws has not its error lost', ({ bus, seen }) => {
  bus.register('e', (_, request) => {
    request!.respond('answer');
    throw new Error('afterwards');
  });
  const callback = (_: unknown, answer: unknown) => seen.push(answer);
  assert.throws(() => bus.request('e', 0, { callback }), /afterwards/);
  assert.equal(seen, ['answer']);
});

test('F98: what waits when the bus is closed gets ERR_CLOSED', async ({ bus }) => {
  bus.register('e', () => {});
  const waiting = bus.request('e', 0);
  bus.close();
  assert.is(await codeOf(waiting), 'ERR_CLOSED');
  assert.is(await codeOf(bus.request('e', 0)), 'ERR_CLOSED');
});

test('F99: a tap sees a request and its answer as one', async ({ bus, seen }) => {
  bus.tap((tapped) => seen.push(tapped));
  bus.register('e', (_, request) => request!.respond(2));
  await bus.request('e', 1);
  assert.equal(seen, [
    { kind: 'request', name: 'e', message: 1, correlationId: 1 },
    { kind: 'response', name: 'e', message: 2, correlationId: 1 },
  ]);
});

test('two endpoints that ask each other for ever are stopped by the depth', ({ bus }) => {
  let asked = 0;
  const ask = () => {
    asked += 1;
    bus.request('e', 0, { callback: ask });
  };
  bus.register('e', (_, request) => request!.respond(0));
  assert.throws(ask, withCode('ERR_PUBLISH_TOO_DEEP'));
  assert.ok(asked > 100 && asked < 200, `${asked} requests`);
  assert.is(bus.counters.pendingRequests, 0);
});

test('F98: a handler that leaves requests unanswered is told of, once', async ({ seen }) => {
  const clock = new TestClock();
  const bus = new MessageBus({ clock });
  const warned: string[] = [];
  const onWarning = (warning: Error & { code?: string }) => {
    if (/"silent"/.test(warning.message)) warned.push(warning.message);
  };
  process.on('warning', onWarning);
  bus.register('silent', (message) => seen.push(message));
  bus.register('quick', (_message, request) => request?.respond(1));
  for (let i = 0; i < 3; i += 1) {
    const answer = codeOf(bus.request('silent', i, { timeoutMs: 5 }));
    assert.is(await bus.request('quick', i, { timeoutMs: 5 }), 1);
    clock.advanceTime(clock.timestampNs() + 10_000_000n);
    assert.is(await answer, 'ERR_TIMED_OUT');
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  assert.equal(seen, [0, 1, 2]);
  assert.equal(warned, ['the handler of endpoint "silent" left request 1 without an answer']);
  bus.close();
});

test.run();
