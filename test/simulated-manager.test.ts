import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, EventSet, Events, type Syscalls } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock, TestClock, type TimeEvent } from 'wasm-event-manager/clock';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { SimulatedSyscalls, type SyscallName } from 'wasm-event-manager/testing';
import { withCode } from './fixtures/configurations.js';
import { randomFrom } from './fixtures/random.js';
import { fdsOpen } from './fixtures/threads.js';

// A manager's clocks, buses and remote endpoints on a kernel in memory.

const MS = 1_000_000n;
const YEAR = 365n * 86_400n * 1_000_000_000n;

function onSimulated(options = {}) {
  const kernel = new SimulatedSyscalls(options);
  return { kernel, manager: new EventManager({ syscalls: kernel }) };
}

test('a live clock has the time of the simulated kernel, and fires by it', () => {
  const { kernel, manager } = onSimulated({ startNs: 1_000n });
  const clock = new LiveClock(manager);
  const times: bigint[] = [];
  clock.setTimer('tick', 10n * MS, { handler: ({ tsEvent }) => void times.push(tsEvent) });
  assert.is(manager.runWithTimeout(0), 0);
  kernel.advance(9_999_999);
  assert.is(manager.runWithTimeout(0), 0);
  kernel.advance(1);
  assert.is(manager.runWithTimeout(0), 1);
  // A blocking wait moves time on to the next timer.
  assert.is(manager.run(), 1);
  assert.equal(times, [1_000n + 10n * MS, 1_000n + 20n * MS]);
  assert.is(clock.timestampNs(), 1_000n + 20n * MS);
  manager.close();
  assert.equal(kernel.openFds(), []);
});

test('a nanosecond counts after years of simulated time', () => {
  const { kernel, manager } = onSimulated();
  const clock = new LiveClock(manager);
  const at = 200n * YEAR + 1n;
  const events: TimeEvent[] = [];
  clock.setTimeAlert('far', at, { handler: (event) => void events.push(event) });
  assert.is(manager.run(), 1);
  assert.equal([events[0]?.tsEvent, events[0]?.tsInit], [at, at]);
  kernel.advance(5n);
  assert.is(clock.timestampNs(), at + 5n);
  manager.close();
});

test('random timers fire on the simulated kernel as they do on a test clock', () => {
  const first = Date.now();
  for (let seed = first; seed < first + 50; seed += 1) {
    const below = randomFrom(seed);
    const { kernel, manager } = onSimulated();
    const live = new LiveClock(manager);
    const model = new TestClock();
    const fired: string[] = [];
    const expected: string[] = [];
    for (let step = 0; step < 40; step += 1) {
      const name = `t${below(8)}`;
      const nanoseconds = BigInt(1 + below(1_000));
      const verb = below(4);
      for (const [clock, list] of [
        [live, fired],
        [model, expected],
      ] as const) {
        const handler = (event: TimeEvent) => void list.push(`${event.name} ${event.tsEvent}`);
        if (verb === 0) clock.cancelTimer(name);
        else if (verb === 1) clock.setTimer(name, nanoseconds, { handler, replace: true });
        else
          clock.setTimeAlert(name, clock.timestampNs() + nanoseconds, { handler, replace: true });
      }
      if (below(2) === 0) continue;
      const gone = below(2_000);
      kernel.advance(gone);
      model.advanceTime(model.timestampNs() + BigInt(gone));
      while (manager.runWithTimeout(0) > 0);
      assert.equal(fired.sort(), expected.sort(), `seed ${seed}`);
    }
    manager.close();
    assert.equal(kernel.openFds(), []);
  }
});

test('a bus delivers in the turns of a manager on the simulated kernel', () => {
  const { kernel, manager } = onSimulated();
  const before = fdsOpen();
  const bus = new MessageBus(manager);
  const heard: unknown[] = [];
  bus.subscribe('a.*', (message: unknown) => void heard.push(message));
  bus.publish('a.b', 1);
  manager.runWithTimeout(0);
  assert.equal(heard, [1]);
  assert.equal(fdsOpen(), before, 'no fd of the real kernel');
  manager.close();
  assert.equal(kernel.openFds(), []);
});

test('remote calls of its own thread run on the simulated kernel', async () => {
  const { kernel, manager } = onSimulated();
  const before = fdsOpen();
  manager.expose({ add: (_ops, a: number, b: number) => a + b });
  const endpoint = manager.remoteEndpoint();
  const taken = RemoteEndpoint.from(endpoint.share());
  assert.equal(fdsOpen(), before, 'no fd of the real kernel');
  const answers = Promise.all([endpoint.call('add', 1, 2), taken.call('add', 3, 4)]);
  while (manager.runWithTimeout(0) > 0);
  assert.equal(await answers, [3, 7]);
  taken.kick();
  assert.is(manager.run(), 0, 'a kick ends the wait');
  manager.close();
  assert.throws(() => taken.kick(), withCode('ERR_CLOSED'));
  assert.equal(kernel.openFds(), []);
});

test('another thread, which could not wake the simulated kernel, is refused', async () => {
  const { manager } = onSimulated();
  const port = manager.remoteEndpoint().share();
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('wasm-event-manager/remote'))}).then((remote) => {
      try {
        remote.RemoteEndpoint.from(workerData);
        parentPort.postMessage('taken');
      } catch (error) {
        parentPort.postMessage(error.code);
      }
    });
  `;
  const worker = new Worker(program, { eval: true, workerData: port, transferList: [port] });
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  assert.is(answer, 'ERR_UNSUPPORTED_PLATFORM');
  await worker.terminate();
  manager.close();
});

type Part = (manager: EventManager) => unknown;
const PARTS: Record<string, [make: Part, calls: SyscallName[]]> = {
  'a live clock': [(manager) => new LiveClock(manager), ['createTimerFd', 'ctl']],
  'a bus': [(manager) => new MessageBus(manager).publish('a', 1), ['createEventFd', 'ctl']],
  'an endpoint': [(manager) => manager.remoteEndpoint(), ['createEventFd', 'ctl']],
};

for (const [name, [make, calls]] of Object.entries(PARTS)) {
  test(`S44: ${name} that fails half way has given back all, and can be made again`, () => {
    for (const call of calls) {
      const { kernel, manager } = onSimulated();
      const before = kernel.openFds();
      for (let i = 0; i < 3; i += 1) {
        kernel.fail(call, 24);
        assert.throws(() => make(manager), withCode('EMFILE'));
        assert.equal(kernel.openFds(), before, `${call} failed`);
      }
      make(manager);
      assert.is(kernel.openFds().length, before.length + 1);
      manager.close();
      assert.equal(kernel.openFds(), []);
    }
  });

  test(`${name} names the system calls that a kernel of the user's lacks`, () => {
    const kernel = new SimulatedSyscalls();
    // What `Syscalls` had at first, and what somebody may have written against that.
    const { eventSize } = kernel;
    const least: Syscalls = {
      eventSize,
      create: () => kernel.create(),
      ctl: (...args) => kernel.ctl(...args),
      wait: (...args) => kernel.wait(...args),
      close: (fd) => kernel.close(fd),
      read: (fd, into) => kernel.read(fd, into),
      write: (fd, from) => kernel.write(fd, from),
      clock: () => kernel.clock(),
    };
    const manager = new EventManager({ syscalls: least });
    assert.throws(
      () => make(manager),
      ({ code, message }: { code: string; message: string }) =>
        code === 'ERR_UNSUPPORTED_PLATFORM' && /`(createEventFd|monotonicNs)`/.test(message),
    );
    const bell = kernel.eventfd(1);
    manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, EventSet.IN)),
      process: () => {},
    });
    assert.is(manager.runWithTimeout(0), 1);
    manager.close();
  });
}

test.run();
