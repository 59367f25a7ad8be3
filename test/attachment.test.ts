import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, Events, interest } from 'wasm-event-manager';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { rounds, until, watched } from './fixtures/attached.js';
import { withCode } from './fixtures/configurations.js';

const MODULE = JSON.stringify(import.meta.resolve('wasm-event-manager'));

test('an attachment ends by detach, its signal, using, stop and close', async () => {
  using manager = new EventManager();
  const { bell, read } = watched(manager);
  const controller = new AbortController();
  const ends: [string, () => void][] = [
    ['detach', () => attachment.detach()],
    ['signal', () => controller.abort()],
    ['using', () => attachment[Symbol.dispose]()],
    ['stop', () => manager.stop()],
  ];
  let attachment!: ReturnType<EventManager['attach']>;
  for (const [name, end] of ends) {
    attachment = manager.attach(name === 'signal' ? { signal: controller.signal } : {});
    end();
    assert.is(attachment.detached, true, name);
    bell.write();
    await rounds();
    assert.equal(read, [], name);
    attachment.detach();
    attachment.ref().unref();
  }
  assert.is(manager.attach({ signal: controller.signal }).detached, true);
  attachment = manager.attach();
  await until(() => read.length === 1);
  manager.close();
  assert.is(attachment.detached, true);
});

test('stop ends being attached from a blocking turn, too, and only once', async () => {
  using manager = new EventManager();
  const { bell, read } = watched(manager);
  const stopper = manager.addSubscriber({ process: () => manager.stop() });
  for (const turn of [() => manager.runWithTimeout(0), () => manager.runWithTimeout(1_000)]) {
    const attachment = manager.attach();
    manager.inject(stopper, new Events(0));
    turn();
    assert.ok(attachment.detached);
  }
  // What was stopped before it began is not stopped.
  const attachment = manager.attach();
  bell.write();
  await until(() => read.length === 1);
  assert.is(attachment.detached, false);
});

test('a handler may detach, close, and attach again; the batch is finished first', async () => {
  for (const act of ['detach', 'close'] as const) {
    const manager = new EventManager();
    const bells = [1, 2, 3].map(() => new EventFd(1));
    let calls = 0;
    for (const bell of bells) {
      interest()
        .read()
        .withFd(bell)
        .withHandler(() => {
          calls += 1;
          if (act === 'close') manager.close();
          else attachment.detach();
        })
        .registerInto(manager);
    }
    const attachment = manager.attach();
    await until(() => attachment.detached);
    await rounds();
    assert.is(calls, 3, act);
    if (act === 'detach') {
      const again = manager.attach();
      assert.is(again.detached, false);
      again.detach();
    }
    manager.close();
    for (const bell of bells) bell.close();
  }
});

test('bad input: attach twice, after close, without a poll, with a signal that is none', () => {
  const manager = new EventManager();
  const attachment = manager.attach();
  assert.throws(() => manager.attach(), withCode('ERR_ALREADY_ATTACHED'));
  assert.is(attachment.detached, false);
  attachment.detach();
  assert.throws(() => manager.attach({ signal: 1 as never }), withCode('ERR_INVALID_ARG_TYPE'));
  manager.close();
  assert.throws(() => manager.attach(), withCode('ERR_CLOSED'));
  const syscalls = Object.assign(new SimulatedSyscalls(), { poll: undefined });
  using simulated = new EventManager({ syscalls: syscalls as never });
  assert.throws(() => simulated.attach(), withCode('ERR_UNSUPPORTED_PLATFORM'));
});

test('F11, F19: it attaches in a worker too, whose end harms nobody', async () => {
  const program = `
    import { parentPort } from 'node:worker_threads';
    import { EventFd, EventManager, Events, interest } from ${MODULE};
    const manager = new EventManager();
    const bell = new EventFd(5);
    interest().read().withFd(bell)
      .withHandler(({ source }) => parentPort.postMessage(String(source.read())))
      .registerInto(manager);
    manager.attach();`;
  for (const end of ['terminate', 'exit'] as const) {
    const exit = end === 'exit' ? "parentPort.once('message', () => process.exit(0));" : '';
    const url = new URL(`data:text/javascript,${encodeURIComponent(program + exit)}`);
    const worker = new Worker(url);
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    const [message] = await Promise.all([
      new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)),
    ]);
    assert.is(message, '5');
    if (end === 'terminate') await worker.terminate();
    else worker.postMessage('end');
    await exited;
  }
});

test.run();
