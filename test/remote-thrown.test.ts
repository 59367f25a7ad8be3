import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, EventManagerError } from 'wasm-event-manager';
import { RemoteEndpoint, RemoteTimeoutError } from 'wasm-event-manager/remote';
import { runWhilePending } from './fixtures/threads.js';

const test = suite<{ manager: EventManager }>('errors that cross threads');
test.before.each((state) => {
  state.manager = new EventManager();
});
test.after.each(({ manager }) => manager.close());

async function failureOf(manager: EventManager, make: () => unknown): Promise<Error> {
  manager.expose({
    fail: () => {
      throw make();
    },
  });
  const shared = RemoteEndpoint.from(manager.remoteEndpoint().share());
  const error = await runWhilePending(
    manager,
    shared.call('fail').catch((thrown) => thrown),
  );
  shared.close();
  return error as Error;
}

test('an error keeps its class, its cause, its errors and what it knows', async ({ manager }) => {
  class Own extends RangeError {
    override name = 'Own';
  }
  const cause = Object.assign(new TypeError('cause'), {
    code: 'E_CAUSE',
    when: new Date(5),
    big: 5n,
  });
  const made = new AggregateError([new Own('own'), 5, null], 'all', { cause });
  const error = (await failureOf(manager, () => made)) as AggregateError & { remoteStack: string };
  assert.instance(error, AggregateError);
  assert.instance(error.errors[0], RangeError);
  assert.is(error.errors[0].name, 'Own');
  assert.equal(error.errors.slice(1), [5, null]);
  assert.instance(error.cause, TypeError);
  const { code, when, big, message } = error.cause as Record<string, unknown>;
  assert.equal([code, when, big, message], ['E_CAUSE', new Date(5), 5n, 'cause']);
  assert.match(error.remoteStack, 'remote-thrown.test');
  assert.equal(Object.keys(error), []);
});

test("the library's own errors arrive as what they are", async ({ manager }) => {
  const details = { errno: -9, syscall: 'read', fd: 7, path: '/x', cause: 'reason' };
  const system = await failureOf(manager, () => new EventManagerError('EBADF', 'x', details));
  assert.instance(system, EventManagerError);
  const { code, errno, syscall, fd, path, cause } = system as EventManagerError;
  assert.equal([code, errno, syscall, fd, path, cause], ['EBADF', -9, 'read', 7, '/x', 'reason']);
  const late = await failureOf(manager, () => new RemoteTimeoutError('p', 5, true));
  assert.ok(late instanceof RemoteTimeoutError && late.started);
  const dom = await failureOf(manager, () => new DOMException('gone', 'AbortError'));
  assert.ok(dom instanceof DOMException && dom.code === DOMException.ABORT_ERR);
});

test('causes in a circle stay one, and a chain of any length ends', async ({ manager }) => {
  const [first, second] = [new Error('first'), new Error('second')];
  Object.assign(first, { cause: second });
  Object.assign(second, { cause: first });
  const circle = await failureOf(manager, () => first);
  assert.is((circle.cause as Error).cause, circle);
  const endless = (): Error => Object.defineProperty(new Error('e'), 'cause', { get: endless });
  assert.is((await failureOf(manager, endless)).message, 'e');
  let long = new Error('end');
  for (let i = 0; i < 5_000; i += 1) long = new Error('link', { cause: long });
  let last = await failureOf(manager, () => long);
  while (last.cause) last = last.cause as Error;
  assert.is(last.message, 'end');
});

test('properties that an error cannot be given are no error of the caller', async ({ manager }) => {
  const named = { constructor: 'c', toString: 't', remoteStack: 'mine', __proto__: 5, errors: 'e' };
  const error = await failureOf(manager, () => Object.assign(new EvalError('x'), named));
  assert.instance(error, EvalError);
  assert.is((error as AggregateError).errors as unknown, 'e');
  assert.is(error.toString as unknown, 't');
});

test.run();
