import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  type EventOps,
  EventSet,
  Events,
  interest,
} from 'wasm-event-manager';
import { LiveClock, TestClock } from 'wasm-event-manager/clock';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { withCode } from './fixtures/configurations.js';
import { stepsOf } from './fixtures/steps.js';

// What has to stay flat is counted, and not timed: steps of the library, and bytes.

const FEW = 50;
const MANY = 2_000;

/** The steps of the same work among few and among many, which must be as many. */
async function flat(title: string, stepsAmong: (count: number) => Promise<number>): Promise<void> {
  await stepsAmong(FEW); // What is made on first use.
  const [few, many] = [await stepsAmong(FEW), await stepsAmong(MANY)];
  assert.ok(few > 0, `${title}: nothing was counted`);
  // An array or a map that grows by itself now and then costs a step or two.
  assert.ok(many <= few + 10, `${title}: ${few} steps among ${FEW}, ${many} among ${MANY}`);
}

/** A manager with a fd that so many share, and the handle of one of them. */
function shared(count: number) {
  const manager = new EventManager();
  const bell = new EventFd();
  const share = (ops: EventOps) => ops.share(new Events(bell, EventSet.IN));
  const ids = Array.from({ length: count }, () =>
    manager.addSubscriber({ init: share, process() {} }),
  );
  const close = () => {
    manager.close();
    bell.close();
  };
  return { manager, bell, ops: manager.eventOps(ids[count >> 1]!), close };
}

const ONE_OF_MANY: Record<string, (ops: EventOps, bell: EventFd) => void> = {
  'leave and join': (ops, bell) => {
    ops.remove(bell);
    ops.share(new Events(bell, EventSet.IN));
  },
  'pause and resume': (ops, bell) => {
    ops.pause(bell);
    ops.resume(bell);
  },
  modify: (ops, bell) => {
    ops.modify(new Events(bell, EventSet.IN | EventSet.OUT));
    ops.modify(new Events(bell, EventSet.IN));
  },
  rearm: (ops, bell) => ops.rearm(bell),
};
for (const [name, act] of Object.entries(ONE_OF_MANY)) {
  test(`one of N shares: ${name} takes as many steps among many`, () =>
    flat(name, async (count) => {
      const { ops, bell, close } = shared(count);
      const steps = await stepsOf(() => act(ops, bell));
      close();
      return steps;
    }));
}

test('metrics take as many steps among many subscribers and shares', () =>
  flat('metrics', async (count) => {
    const { manager, close } = shared(count);
    const steps = await stepsOf(() => manager.metrics());
    close();
    return steps;
  }));

test('a turn takes as many steps among many callers of an endpoint', () =>
  flat('a turn', async (count) => {
    const manager = new EventManager();
    manager.expose({ answer: () => 42 });
    const ports = Array.from({ length: count / 10 }, () => manager.remoteEndpoint().share());
    manager.runWithTimeout(0);
    const steps = await stepsOf(() => manager.runWithTimeout(0));
    for (const port of ports) port.close();
    manager.close();
    return steps;
  }));

test('a call at a full queue is refused in as many steps, however long the queue', () =>
  flat('a refusal', async (count) => {
    const manager = new EventManager();
    const endpoint = RemoteEndpoint.from(manager.remoteEndpoint({ capacity: count }).share());
    const fire = () => endpoint.fire('nothing');
    const fillUp = () => {
      for (;;) fire();
    };
    assert.throws(fillUp, withCode('ERR_QUEUE_FULL'));
    const steps = await stepsOf(() => assert.throws(fire, withCode('ERR_QUEUE_FULL')));
    endpoint.close();
    manager.close();
    return steps;
  }));

test('a turn takes as many steps with many live clocks', () =>
  flat('a turn', async (count) => {
    const manager = new EventManager();
    for (let i = 0; i < count; i += 1) {
      const clock = new LiveClock(manager);
      clock.setTimeAlert('far', clock.timestampNs() + 10n ** 15n, { handler: () => {} });
    }
    manager.runWithTimeout(0);
    const steps = await stepsOf(() => manager.runWithTimeout(0));
    manager.close();
    return steps;
  }));

test('alerts of one time take as many steps each, however many they are', () =>
  flat('an alert', async (count) => {
    const clock = new TestClock();
    for (let i = 0; i < count; i += 1) clock.setTimeAlert(`${i}`, 5n, { handler: () => {} });
    return Math.round((await stepsOf(() => clock.advanceTime(9n))) / count);
  }));

/** The Wasm memories that are made meanwhile, and what each begins with, in pages. */
function memoriesOf(work: () => void) {
  const { Memory } = WebAssembly;
  const made: { memory: WebAssembly.Memory; initial: number }[] = [];
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      made.push({ memory: this, initial: descriptor.initial });
    }
  };
  try {
    work();
  } finally {
    WebAssembly.Memory = Memory;
  }
  return made;
}

test('of many managers each begins with little memory, which V8 counts as garbage to come', () => {
  const managers: EventManager[] = [];
  const made = memoriesOf(() => {
    for (let i = 0; i < 100; i += 1) {
      managers.push(new EventManager({ syscalls: new SimulatedSyscalls() }));
    }
  });
  for (const manager of managers) manager.close();
  assert.is(made.length, 100);
  const later = made.slice(50).map(({ initial }) => initial);
  assert.ok(Math.max(...later) <= 4, `${later.join()} pages`);
});

test('memory grows by a share of what there is: V8 may collect all for each growth', () => {
  let clock: TestClock | undefined;
  const [made] = memoriesOf(() => {
    clock = new TestClock();
  });
  const { memory } = made!;
  const sizes = [memory.buffer.byteLength];
  const nothing = () => {};
  for (let i = 0; i < 300_000; i += 1) {
    clock!.alertAt(BigInt(i + 1), nothing);
    if (memory.buffer.byteLength !== sizes.at(-1)) sizes.push(memory.buffer.byteLength);
  }
  assert.ok(sizes.at(-1)! > 6e6, 'enough to see it grow');
  assert.ok(sizes.length < 30, `${sizes.join(', ')} bytes`);
});

test('metrics count registrations as their walk does, shares included', () => {
  const { manager, bell, ops, close } = shared(7);
  const bells = [new EventFd(), new EventFd()];
  const registrations = bells.map((each) =>
    interest()
      .read()
      .withFd(each)
      .withHandler(() => {})
      .registerInto(manager),
  );
  const clock = new LiveClock(manager);
  manager.remoteEndpoint();
  const agree = () => {
    const { registrations, subscribers, perSubscriber } = manager.metrics({ perSubscriber: true });
    const each = [...perSubscriber.values()];
    assert.is(subscribers, each.length);
    assert.is(
      registrations,
      each.reduce((sum, { registrations }) => sum + registrations, 0),
    );
  };
  agree();
  ops.pause(bell);
  agree();
  ops.remove(bell);
  agree();
  registrations[0]!.remove();
  clock.dispose();
  agree();
  assert.is(manager.metrics().registrations, 7);
  assert.not.ok('perSubscriber' in manager.metrics());
  close();
  for (const each of bells) each.close();
});

test.run();
