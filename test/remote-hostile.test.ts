import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { type Procedures, RemoteEndpoint, transfer } from 'wasm-event-manager/remote';
import { withCode } from './fixtures/configurations.js';
import { runWhilePending } from './fixtures/threads.js';

const CAPACITY = 4;
const errors: Error[] = [];
let kept: ((value: unknown) => void)[] = [];

const throwing = (what: string) => ({
  get: () => {
    throw new Error(what);
  },
});
const deep = (depth: number) => {
  let nested: unknown[] = [];
  for (let i = 0; i < depth; i += 1) nested = [nested];
  return nested;
};
const trap = () => {
  throw new Error('trapped');
};
const hostile = () => new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap });

const thrower = (make: () => unknown) => () => {
  throw make();
};

const procedures: Procedures = {
  echo: (_ops, value) => value,
  count: (_ops, ...args) => args.length,
  'a thrown getter': thrower(() => Object.defineProperty(new Error('x'), 'message', throwing('m'))),
  'a thrown object with a getter': thrower(() =>
    Object.defineProperty({}, 'message', throwing('m')),
  ),
  'a thrown Proxy': thrower(hostile),
  'a Proxy': hostile,
  'a thrown symbol': thrower(() => Symbol('s')),
  'a thrown function': thrower(() => trap),
  'null thrown': thrower(() => null),
  'undefined thrown': thrower(() => undefined),
  'names that are no text': thrower(() => Object.assign(new Error(), { name: Symbol('n') })),
  'a stack that is no text': thrower(() => Object.assign(new Error('s'), { stack: { trap } })),
  'a then that throws': () => Object.defineProperty({}, 'then', throwing('then')),
  'a result nested too deep': () => deep(200_000),
  'a function': () => trap,
  'a stack that is full': function again(): unknown {
    return [again()];
  },
  'a thenable that throws behind its resolve': () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried
    then: (resolve: (value: unknown) => void) => {
      kept.push(resolve);
      throw new Error('behind');
    },
  }),
  'a thenable that answers twice': () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried
    then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => {
      kept.push(resolve);
      resolve('first');
      reject(new Error('second'));
    },
  }),
  '': () => 'empty',
  ['__proto__']: () => 'proto',
  toString: () => 'text',
};

const test = suite<{ manager: EventManager }>('remote calls that mean harm');
test.before.each((state) => {
  errors.length = 0;
  kept = [];
  const onError = (error: unknown) => void errors.push(error as Error);
  state.manager = new EventManager({ onHandlerError: 'report', onError });
  state.manager.expose(procedures);
});
test.after.each(({ manager }) => manager.close());

/** By both ways: an endpoint of the own thread, and one that was shared. */
function endpointsOf(manager: EventManager): [RemoteEndpoint, RemoteEndpoint] {
  const own = manager.remoteEndpoint({ capacity: CAPACITY });
  return [own, RemoteEndpoint.from(own.share())];
}

for (const name of Object.keys(procedures)) {
  test(`S45: ${JSON.stringify(name)} is answered once and costs no answer`, async (state) => {
    for (const endpoint of endpointsOf(state.manager)) {
      let answers = 0;
      const note = () => {
        answers += 1;
      };
      // More than there are slots.
      for (let i = 0; i < CAPACITY + 2; i += 1) {
        const call = endpoint.call(name, 1).then(note, note);
        const other = endpoint.call('echo', i);
        await runWhilePending(state.manager, call);
        for (const resolve of kept.splice(0)) resolve('late');
        assert.is(await runWhilePending(state.manager, other), i);
      }
      assert.is(answers, CAPACITY + 2);
      endpoint.fire(name, 1);
      state.manager.runWithTimeout(0);
      const all = Array.from({ length: CAPACITY }, (_, i) => endpoint.call('echo', { i }));
      const echoed = await runWhilePending(state.manager, Promise.all(all));
      assert.equal(
        echoed,
        Array.from({ length: CAPACITY }, (_, i) => ({ i })),
      );
      endpoint.close();
    }
  });
}

test('a getter of an argument may call, and close', async ({ manager }) => {
  for (const endpoint of endpointsOf(manager)) {
    let inner: Promise<unknown> | undefined;
    const calling = {
      get value() {
        inner ??= endpoint.call('echo', { inner: true });
        return 'outer';
      },
    };
    const outer = endpoint.call('echo', calling);
    const answers = runWhilePending(manager, Promise.all([outer, inner]));
    assert.equal(await answers, [{ value: 'outer' }, { inner: true }]);
    const closing = {
      get value() {
        endpoint.close();
        return 1;
      },
    };
    const code = endpoint.call('echo', closing).catch((error) => error.code);
    assert.is(await runWhilePending(manager, code), 'ERR_CLOSED');
  }
});

test('a getter of an argument that throws leaves its slot', async ({ manager }) => {
  for (const endpoint of endpointsOf(manager)) {
    for (let i = 0; i < 3 * CAPACITY; i += 1) {
      const bad = Object.defineProperty({}, 'x', { ...throwing('getter'), enumerable: true });
      assert.throws(() => endpoint.fire('echo', bad as never), withCode('ERR_NOT_CLONEABLE'));
      assert.throws(() => endpoint.fire(Symbol('x') as never), withCode('ERR_INVALID_ARG_TYPE'));
    }
    assert.is(await runWhilePending(manager, endpoint.call('echo', 5)), 5);
  }
});

test('as many arguments as a function takes arrive; more are refused', async ({ manager }) => {
  for (const endpoint of endpointsOf(manager)) {
    const call = endpoint.call('count', ...Array(32_767).fill(1));
    assert.is(await runWhilePending(manager, call), 32_767);
    const tooMany = Array(200_000).fill(1);
    const blocking = () => endpoint.callBlocking('count', tooMany);
    assert.throws(blocking, withCode('ERR_OUT_OF_RANGE'));
    assert.throws(
      () => endpoint.fire('count', ...Array(40_000).fill(1)),
      withCode('ERR_OUT_OF_RANGE'),
    );
    const list = await runWhilePending(manager, endpoint.call('echo', tooMany));
    assert.is((list as unknown[]).length, 200_000);
  }
  const many = Array.from({ length: 150_000 }, () => new ArrayBuffer(1));
  const moved = transfer({ many }, many);
  assert.is(await runWhilePending(manager, manager.remoteEndpoint().call('count', moved)), 1);
});

test('methods of a class, which would not be exposed, are refused', ({ manager }) => {
  class Service {
    add(_ops: unknown, a: number, b: number) {
      return a + b;
    }
  }
  assert.throws(() => manager.expose(new Service() as never), withCode('ERR_INVALID_ARG_TYPE'));
  class Fields {
    add = (_ops: unknown, a: number, b: number) => a + b;
  }
  manager.expose(new Fields() as never);
  manager.expose(Object.assign(Object.create(null), { add: () => 1 }));
});

test("S26: close refuses the own thread's calls that a promise keeps, too", async ({ manager }) => {
  manager.expose({ never: () => new Promise(() => {}) });
  const [own, other] = [manager.remoteEndpoint(), manager.remoteEndpoint()];
  const codes = [own, own, other].map((each) => each.call('never').catch((error) => error.code));
  manager.runWithTimeout(0);
  const queued = own.call('never').catch((error) => error.code);
  own.close();
  assert.equal(await Promise.all([codes[0], codes[1], queued]), Array(3).fill('ERR_CLOSED'));
  manager.close();
  assert.is(await codes[2], 'ERR_CLOSED');
});

const REMOTE = JSON.stringify(import.meta.resolve('wasm-event-manager/remote'));

/** A worker with so much stack that it can send, and read, what the main thread can't. */
const DEEP_WORKER = `
  const { workerData, parentPort } = require('node:worker_threads');
  import(${REMOTE}).then(async (library) => {
    const endpoint = library.RemoteEndpoint.from(workerData);
    let nested = [];
    for (let i = 0; i < 60_000; i += 1) nested = [nested];
    const codes = [];
    const code = (error) => error.code;
    for (let i = 0; i < 10; i += 1) {
      endpoint.fire('echo', nested);
      codes.push(endpoint.call('echo', nested).catch(code), endpoint.call('echo', { i }));
      try {
        endpoint.callBlocking('echo', [nested], { timeout: 10_000 });
      } catch (error) {
        codes.push(code(error));
      }
    }
    parentPort.postMessage(await Promise.all(codes));
    endpoint.close();
  });`;

test('S45: an argument nested too deep to read is an error of its call alone', async (state) => {
  const port = state.manager.remoteEndpoint().share({ capacity: 64 });
  const worker = new Worker(DEEP_WORKER, {
    eval: true,
    workerData: port,
    transferList: [port],
    resourceLimits: { stackSizeMb: 64 },
  });
  const answers = new Promise<unknown[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const codes = await runWhilePending(state.manager, answers, 20_000);
  const refused = 'ERR_NOT_CLONEABLE';
  const expected = Array.from({ length: 10 }, (_, i) => [refused, { i }, refused]);
  assert.equal(codes, expected.flat());
  assert.is(errors.length, 10);
  assert.ok(errors.every(withCode(refused)));
  await worker.terminate();
});

test.run();
