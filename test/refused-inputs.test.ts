import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, EventSet, Events, pipe, SignalFd, SignalRelay } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';
import { wasm } from 'wasm-event-manager/handlers';
import { TcpListener, UnixListener } from 'wasm-event-manager/net';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { MODULE } from './fixtures/attached-programs.js';
import { withCode } from './fixtures/configurations.js';
import { openFds } from './fixtures/sockets.js';

const { IN, ONE_SHOT } = EventSet;
const invalidType = withCode('ERR_INVALID_ARG_TYPE');

test('what is no function, no bytes and no signal is refused before anything is made', () => {
  const before = openFds();
  using manager = new EventManager();
  const made = openFds();
  const { reader, writer } = pipe();
  const calls = [
    () => new EventManager({ onError: 1 as never }),
    () => new EventManager({ onError: null as never }),
    () => TcpListener.listen(manager, { onError: 'log' as never }, () => ({})),
    () => UnixListener.listen(manager, { path: '/tmp/none', onError: 1 as never }, () => ({})),
    () => writer.write(7 as never),
    () => writer.write(null as never),
    () => writer.write([1] as never),
    () => reader.read('' as never),
    () => new SignalRelay([undefined as never]),
    () => new SignalFd([{} as never]),
  ];
  for (const call of calls) assert.throws(call, invalidType, String(call));
  reader.close();
  writer.close();
  assert.is(openFds(), made, 'nothing is left of what was refused');
  assert.ok(made >= before);
});

test('a guest has a memory of WebAssembly, its own or given', () => {
  const exports = { handle: () => {} };
  for (const wrong of [undefined, {}, new ArrayBuffer(8)]) {
    const options = { memory: wrong, address: 8, style: 'struct' };
    assert.throws(
      () => wasm(exports as never, 'handle', options as never),
      withCode('ERR_INVALID_ARG_TYPE'),
    );
  }
});

test('a handler can set timers, and not advance the time', () => {
  const clock = new TestClock();
  let code: unknown;
  clock.setTimer('a', 10n, {
    handler: () => {
      try {
        clock.advanceTime(1_000n);
      } catch (error) {
        ({ code } = error as { code: string });
      }
    },
  });
  assert.is(clock.advanceTime(25n).length, 2);
  assert.is(code, 'ERR_REENTRANT');
  assert.is(clock.timestampNs(), 25n);
});

test('K16: a relay in a worker says that Node tells its main thread alone', async () => {
  const worker = new Worker(
    `import(${MODULE}).then(({ SignalRelay }) => {
       try { new SignalRelay(['SIGHUP']); } catch ({ code, message }) {
         require('node:worker_threads').parentPort.postMessage([code, /main thread/.test(message)]);
       }
     });`,
    { eval: true },
  );
  const [answer] = await once(worker, 'message');
  assert.equal(answer, ['ERR_UNSUPPORTED_PLATFORM', true]);
  await worker.terminate();
});

test('what watchers of a source throw at its end comes out when all have ended', () => {
  const kernel = new SimulatedSyscalls();
  using manager = new EventManager({ syscalls: kernel, onError: () => {} });
  const bell = kernel.eventfd();
  const id = manager.addSubscriber({ process: () => {} });
  manager.eventOps(id).add(new Events(bell, IN));
  kernel.fail('ctl', 12, { fd: bell, operation: 2 });
  assert.throws(() => manager.eventOps(id).remove(bell), withCode('ENOMEM'));
  assert.is(manager.eventOps(id).interest(bell), IN, 'a removal that fails leaves it');
  manager.eventOps(id).remove(bell);
  assert.is(kernel.ctl(99, 7, bell, 0, 0, 0) < 0, true);
  const epfd = kernel.create();
  assert.is(kernel.ctl(epfd, 7, bell, 0, 0, 0), -22, 'an operation that is none');
});

test('F33: a share that the kernel refuses to arm again is reported, with its fd', () => {
  const kernel = new SimulatedSyscalls();
  const reports: { code: string; fd?: number }[] = [];
  const onError = (error: unknown) => void reports.push(error as { code: string });
  using manager = new EventManager({ syscalls: kernel, onError });
  const bell = kernel.eventfd(1);
  const heard: number[] = [];
  for (const [data, set] of [IN | ONE_SHOT, IN].entries()) {
    const process = (events: Events) => void heard.push(events.data);
    const ops = manager.eventOps(manager.addSubscriber({ process }));
    ops.share(new Events(bell, set, data));
  }
  const third = manager.addSubscriber({ process: () => {} });
  manager.eventOps(third).share(new Events(bell, IN | EventSet.OUT));
  kernel.fail('ctl', 12, { fd: bell });
  manager.eventOps(third).remove(bell);
  assert.equal(
    reports.map(({ code, fd }) => [code, fd]),
    [['ENOMEM', bell]],
  );
  manager.run();
  assert.equal(heard, [0, 1]);
});

test('F33: who can’t join a share leaves it as it was, and nothing of its own', () => {
  const kernel = new SimulatedSyscalls();
  using manager = new EventManager({ syscalls: kernel });
  const bell = kernel.eventfd(1);
  const heard: number[] = [];
  const ops = [0, 1].map((data) =>
    manager.eventOps(manager.addSubscriber({ process: () => void heard.push(data) })),
  );
  ops[0]!.share(new Events(bell, IN));
  const before = { ...manager.metrics(), perSubscriber: 0 };
  for (let i = 0; i < 1_000; i += 1) {
    kernel.fail('ctl', 12, { fd: bell });
    assert.throws(() => ops[1]!.share(new Events(bell, IN)), withCode('ENOMEM'));
  }
  assert.equal({ ...manager.metrics(), perSubscriber: 0 }, before);
  manager.run();
  assert.equal(heard, [0]);
  ops[0]!.remove(bell);
  kernel.fail('ctl', 12, { fd: bell });
  assert.throws(() => ops[1]!.share(new Events(bell, IN)), withCode('ENOMEM'));
  assert.is(manager.metrics().registrations, 0);
  ops[1]!.share(new Events(bell, IN));
  manager.run();
  assert.equal(heard, [0, 1]);
});

test('what `onError` throws of a bus’s fault goes the way of errors that nobody takes', () => {
  const bus = new MessageBus({
    onError: (error) => {
      throw new Error(`about ${(error as Error).message}`);
    },
  });
  bus.subscribe('a', () => {
    throw new Error('one');
  });
  assert.throws(() => bus.publish('a', 1), /about one/);
  bus.subscribe('a', () => {
    throw new Error('two');
  });
  assert.throws(
    () => bus.publish('a', 1),
    ({ errors }: AggregateError) => {
      const messages = errors.map(({ message }: Error) => message);
      return messages.join() === 'about one,about two';
    },
  );
});

test('the process is warned of what nobody takes, an error or a text', async () => {
  const manager = new EventManager({ onHandlerError: 'report' });
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const thrown = [new Error('an error'), 'a text'];
  const id = manager.addSubscriber({
    process: () => {
      throw thrown.shift();
    },
  });
  for (let i = 0; i < 2; i += 1) {
    manager.inject(id, new Events(1, IN));
    manager.run();
  }
  await new Promise(setImmediate);
  process.off('warning', note);
  assert.equal(
    warnings.map(({ message }) => message),
    [`subscriber ${id}, fd 1: an error`, `subscriber ${id}, fd 1: a text`],
  );
  manager.close();
});

test.run();
