import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { withCode } from './fixtures/configurations.js';

const test = suite('draining remote endpoints');
const REMOTE = JSON.stringify(import.meta.resolve('wasm-event-manager/remote'));

/** A worker that asks for jobs until there are none. What it doesn't catch is an 'error' of it. */
function startWorker(manager: EventManager): Worker {
  const port = manager.remoteEndpoint().share();
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${REMOTE}).then(async ({ RemoteEndpoint }) => {
      const endpoint = RemoteEndpoint.from(workerData);
      for (;;) {
        const job = await endpoint.call('next');
        if (job === undefined) break;
        parentPort.postMessage(job);
      }
      endpoint.close();
    });`;
  return new Worker(program, { eval: true, workerData: port, transferList: [port] });
}

/** A queue of jobs, and the procedure by which workers take them. */
function jobQueue(jobs: number[]) {
  let ended = false;
  const asking: ((job: number | undefined) => void)[] = [];
  const next = () =>
    jobs.length > 0 || ended
      ? jobs.shift()
      : new Promise<number | undefined>((resolve) => void asking.push(resolve));
  const end = () => {
    ended = true;
    for (const resolve of asking.splice(0)) resolve(undefined);
  };
  return { next, end, asking };
}

test('S26: a drained endpoint leaves no caller with ERR_CLOSED', async () => {
  const manager = new EventManager();
  manager.attach();
  const queue = jobQueue([1, 2, 3, 4, 5]);
  manager.expose({ next: queue.next });
  const workers = [startWorker(manager), startWorker(manager)];
  const done: number[] = [];
  const errors: unknown[] = [];
  for (const worker of workers) {
    worker.on('message', (job) => done.push(job));
    worker.on('error', (error) => errors.push(error));
  }
  const exits = workers.map((worker) => once(worker, 'exit'));
  while (queue.asking.length < 2 && errors.length === 0) await new Promise(setImmediate);
  queue.end();
  await manager.remoteEndpoint().close({ drain: true, timeoutMs: 60_000 });
  manager.close();
  await Promise.all(exits);
  assert.equal(errors, []);
  assert.equal(done.sort(), [1, 2, 3, 4, 5]);
});

test('a caller that ends without a word is not waited for', async () => {
  using manager = new EventManager();
  manager.attach();
  const queue = jobQueue([]);
  manager.expose({ next: queue.next });
  const worker = startWorker(manager);
  while (queue.asking.length < 1) await new Promise(setImmediate);
  const drained = manager.remoteEndpoint().close({ drain: true, timeoutMs: 60_000 });
  await worker.terminate();
  await drained;
});

test('it waits for its own calls, too, and then is closed', async () => {
  using manager = new EventManager();
  manager.attach();
  let answer!: (value: number) => void;
  const later = (resolve: (value: number) => void) => {
    answer = resolve;
  };
  manager.expose({ later: () => new Promise(later) });
  const endpoint = manager.remoteEndpoint();
  const call = endpoint.call('later');
  const drained = endpoint.close({ drain: true });
  while (!answer) await new Promise(setImmediate);
  assert.not(endpoint.closed);
  answer(7);
  await drained;
  assert.is(await call, 7);
  assert.ok(endpoint.closed);
  await endpoint.close({ drain: true });
});

test('what takes too long is told of with its number, and nothing is closed', async () => {
  using manager = new EventManager();
  manager.attach();
  manager.expose({ add: (_ops, a: number, b: number) => a + b });
  const endpoint = manager.remoteEndpoint();
  const other = RemoteEndpoint.from(endpoint.share());
  const late = await endpoint.close({ drain: true, timeoutMs: 5 }).catch((error) => error);
  assert.ok(withCode('ERR_TIMED_OUT')(late));
  assert.match(late.message, /^1 calls of this thread and endpoints of others are open after 5 ms/);
  assert.is(await other.call('add', 1, 2), 3);
  other.close();
  await endpoint.close({ drain: true, timeoutMs: 60_000 });
});

test('closing the manager ends the wait, and bad options are refused', async () => {
  const manager = new EventManager();
  manager.attach();
  const endpoint = manager.remoteEndpoint();
  const other = RemoteEndpoint.from(endpoint.share());
  const drained = endpoint.close({ drain: true });
  assert.throws(() => endpoint.close({ drian: true } as never), withCode('ERR_OUT_OF_RANGE'));
  assert.throws(() => endpoint.close({ drain: 1 } as never), withCode('ERR_INVALID_ARG_TYPE'));
  manager.close();
  await drained;
  assert.ok(other.closed || endpoint.closed);
  other.close();
});

test.run();
