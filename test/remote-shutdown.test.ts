import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { Gate } from '../host/sys/gate.js';
import { GATE_WORDS } from '../host/sys/gate-end.js';
import { withCode } from './fixtures/configurations.js';
import {
  fdsOpen,
  fdTarget,
  runBlockedUntil,
  runWhilePending,
  settlesAt,
  startScenario,
  threads,
} from './fixtures/threads.js';

type Plain = { code: string };
const test = suite('the end of remote endpoints');
const GATE = new URL('../host/sys/gate.js', import.meta.url);

function managerWith(calls: string[] = []): EventManager {
  const manager = new EventManager();
  manager.expose({
    add: (_ops, a: number, b: number) => a + b,
    never: () => {
      calls.push('never');
      return new Promise(() => {});
    },
    note: (_ops, value) => void calls.push(value as string),
  });
  return manager;
}

test('S26, S34: close rejects what is pending with ERR_CLOSED, and what comes later', async () => {
  const calls: string[] = [];
  const manager = managerWith(calls);
  const ports = [manager.remoteEndpoint().share(), manager.remoteEndpoint().share()];
  const blocked = startScenario<Plain>('remote-worker.js', 'block', { port: ports[0] }, [
    ports[0]!,
  ]);
  const pending = startScenario<Plain[]>('remote-worker.js', 'pending', { port: ports[1] }, [
    ports[1]!,
  ]);
  runBlockedUntil(manager, () => calls.length === 11);
  manager.close();
  assert.is((await blocked.result).code, 'ERR_CLOSED');
  const codes = (await pending.result).map(({ code }) => code);
  assert.equal(codes, Array(11).fill('ERR_CLOSED'));
});

test('S34: what is queued and not started is answered by close as well', async () => {
  const calls: string[] = [];
  const manager = managerWith(calls);
  const port = manager.remoteEndpoint().share();
  const { result } = startScenario<Plain>('remote-worker.js', 'block', { port }, [port]);
  // The worker has had the time to submit its call, and nobody has looked.
  await setTimeout(300);
  manager.close();
  assert.is((await result).code, 'ERR_CLOSED');
  assert.equal(calls, []);
});

test("close rejects the own thread's calls, and endpoints refuse from then on", async () => {
  const manager = managerWith();
  const endpoint = manager.remoteEndpoint();
  const pending = [endpoint.call('add', 1, 2), endpoint.call('never')];
  manager.close();
  for (const call of [...pending, endpoint.call('add', 1, 2)]) {
    const code = await call.then(
      () => 'answered',
      (error: Plain) => error.code,
    );
    assert.is(code, 'ERR_CLOSED');
  }
  assert.is(endpoint.closed, true);
  for (const use of [
    () => endpoint.fire('add', 1, 2),
    () => endpoint.kick(),
    () => endpoint.stop(),
    () => endpoint.share(),
    () => manager.remoteEndpoint(),
    () => manager.expose({}),
  ]) {
    assert.throws(use, withCode('ERR_CLOSED'));
  }
});

test('an endpoint closed by its holder refuses, and rejects what is pending', async () => {
  using manager = managerWith();
  const port = manager.remoteEndpoint().share();
  const running = startScenario<Plain[]>('remote-worker.js', 'used_after_close', { port }, [port]);
  const answers = await runWhilePending(manager, running.result);
  assert.equal(
    answers.map(({ code }) => code),
    Array(6).fill('ERR_CLOSED'),
  );
});

test('a procedure that closes the manager does so after the batch', async () => {
  const manager = managerWith();
  manager.expose({ end: () => manager.close() });
  const endpoint = manager.remoteEndpoint();
  endpoint.fire('end');
  const sum = endpoint.call('add', 1, 2);
  manager.runWithTimeout(0);
  assert.is(await sum, 3);
  assert.throws(() => manager.runWithTimeout(0), withCode('ERR_CLOSED'));
});

test('a worker terminated in the middle of a call leaves the manager running', async () => {
  const calls: string[] = [];
  using manager = managerWith(calls);
  const port = manager.remoteEndpoint().share();
  const { worker } = startScenario('remote-worker.js', 'block', { port }, [port]);
  runBlockedUntil(manager, () => calls.length === 1);
  await worker.terminate();
  const next = manager.remoteEndpoint().share();
  const running = startScenario('remote-worker.js', 'results', { port: next }, [next]);
  assert.equal(await runWhilePending(manager, running.result), [3, 7]);
});

test('what a worker fired before it ended is done; what it would wait for is not', async () => {
  const calls: string[] = [];
  using manager = managerWith(calls);
  const port = manager.remoteEndpoint().share();
  const index = import.meta.resolve('wasm-event-manager/remote');
  const source = `
    const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(index)}).then(({ RemoteEndpoint }) => {
      const endpoint = RemoteEndpoint.from(workerData);
      endpoint.fire('note', 'fired');
      endpoint.call('never').catch(() => {});
      process.exit(0);
    });`;
  const worker = new Worker(source, { eval: true, workerData: port, transferList: [port] });
  await once(worker, 'exit');
  // The port tells of its end in Node's loop.
  await setTimeout(20);
  for (let i = 0; i < 5; i += 1) manager.runWithTimeout(10);
  assert.equal(calls, ['fired']);
});

test('an owner whose thread ends leaves nobody waiting', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('wasm-event-manager'))}).then((library) => {
      const manager = new library.EventManager();
      manager.expose({ never: () => new Promise(() => {}) });
      const port = manager.remoteEndpoint().share();
      parentPort.postMessage(port, [port]);
      manager.runForever();
    });`;
  const owner = new Worker(source, { eval: true });
  const [port] = await once(owner, 'message');
  const endpoint = RemoteEndpoint.from(port);
  const pending = endpoint.call('never');
  endpoint.fire('never');
  const ended = pending.then(
    () => 'answered',
    (error: Plain) => error.code,
  );
  // It is blocked in epoll_wait, from which only an event wakes it.
  owner.terminate();
  endpoint.kick();
  await once(owner, 'exit');
  assert.is(await ended, 'ERR_CLOSED');
  assert.throws(() => endpoint.callBlocking('never', []), withCode('ERR_CLOSED'));
});

test('S34: close waits for who is inside, and refuses who comes later', async () => {
  const words = new Int32Array(new SharedArrayBuffer((GATE_WORDS + 1) * 4));
  const source = `
    const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(GATE.href)}).then(({ Gate }) => {
      const gate = new Gate(workerData, 0);
      gate.pass(() => {
        Atomics.store(workerData, ${GATE_WORDS}, 1);
        Atomics.wait(workerData, ${GATE_WORDS}, 1, 150);
        Atomics.store(workerData, ${GATE_WORDS}, 2);
      });
      if (gate.pass(() => 'inside') === undefined) Atomics.store(workerData, ${GATE_WORDS}, 3);
    });`;
  const worker = new Worker(source, { eval: true, workerData: words });
  for (let i = 0; i < 500 && Atomics.load(words, GATE_WORDS) === 0; i += 1) await setTimeout(10);
  assert.is(new Gate(words, 0).close(), true);
  assert.ok(Atomics.load(words, GATE_WORDS) >= 2, 'the one inside had left');
  await once(worker, 'exit');
  assert.is(Atomics.load(words, GATE_WORDS), 3);
});

test('S34: a thread that is terminated inside the gate does not keep close waiting', async () => {
  const words = new Int32Array(new SharedArrayBuffer((GATE_WORDS + 1) * 4));
  const source = `
    const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(GATE.href)}).then(({ Gate }) => {
      new Gate(workerData, 0).pass(() => {
        Atomics.store(workerData, ${GATE_WORDS}, 1);
        Atomics.wait(workerData, ${GATE_WORDS}, 1);
      });
    });`;
  const worker = new Worker(source, { eval: true, workerData: words });
  for (let i = 0; i < 500 && Atomics.load(words, GATE_WORDS) === 0; i += 1) await setTimeout(10);
  assert.ok(Atomics.load(words, 0) > 0);
  await worker.terminate();
  const gate = new Gate(words, 0);
  // Whoever comes finds the place empty, and so does close.
  assert.is(
    gate.pass(() => 'inside'),
    'inside',
  );
  words[0] = 2 ** 31 - 1;
  const began = performance.now();
  assert.is(gate.close(), true);
  assert.ok(performance.now() - began < 1_000);
  assert.is(
    gate.pass(() => 'inside'),
    undefined,
  );
});

test('neither fds nor threads are left', async () => {
  const once = async () => {
    const manager = managerWith();
    const port = manager.remoteEndpoint().share();
    const running = startScenario('remote-worker.js', 'results', { port }, [port]);
    await runWhilePending(manager, running.result);
    manager.close();
    await running.worker.terminate();
  };
  const eventFds = () => fdsOpen().filter((fd) => /event(fd|poll)/.test(fdTarget(fd))).length;
  await once();
  const [fds, running] = [eventFds(), threads()];
  for (let i = 0; i < 5; i += 1) await once();
  assert.ok((await settlesAt(eventFds, fds)) <= fds, `${eventFds()} fds, ${fds} before`);
  assert.ok((await settlesAt(threads, running)) <= running);
});

test.run();
