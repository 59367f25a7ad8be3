import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { type Clock, LiveClock, TestClock } from 'wasm-event-manager/clock';
import { subscriberOf, wasm } from 'wasm-event-manager/handlers';
import { withCode } from './fixtures/configurations.js';
import { compileBytes } from './fixtures/guest.js';
import { runProgram } from './fixtures/program.js';

const { IN } = EventSet;
const SOURCE = `
  let calls: i32 = 0;
  function deep(n: i32): i32 { return n + deep(n + 1); }
  export function callCount(): i32 { return calls; }
  export function onFd(fd: i32, set: i32, data: i32): void { calls += 1; }
  export function trapOnFd(fd: i32, set: i32, data: i32): void { unreachable(); }
  export function overflowOnFd(fd: i32, set: i32, data: i32): void { calls += deep(0); }
  export function onTime(event: i64, init: i64): void { calls += 1; }
  export function trapOnTime(event: i64, init: i64): void { unreachable(); }
  export function onMessage(n: i32): i32 { calls += 1; return n; }
  export function trapOnMessage(n: i32): i32 { unreachable(); return n; }`;
const BYTES = compileBytes(SOURCE);
const MODULE = new WebAssembly.Module(BYTES);
const FAR = 10n ** 12n;
const module = (path: string) => JSON.stringify(import.meta.resolve(`wasm-event-manager${path}`));

interface Exports {
  callCount(): number;
}

class World {
  readonly errors: unknown[] = [];
  readonly manager = new EventManager({
    onHandlerError: 'report',
    onError: (error) => void this.errors.push(error),
  });
  readonly bus = new MessageBus(this.manager);
  readonly clocks: Clock[] = [new LiveClock(this.manager), new TestClock()];
  readonly bells = [0, 1, 2].map(() => new EventFd());
  readonly guest = new WebAssembly.Instance(MODULE).exports;
  readonly other = new WebAssembly.Instance(MODULE).exports;

  constructor() {
    for (const [index, guest] of [this.guest, this.other].entries()) {
      const interests = [new Events(this.bells[index]!, IN)];
      this.manager.addSubscriber(subscriberOf(wasm(guest, 'onFd'), interests));
      this.bus.subscribe('*', wasm(guest, 'onMessage'));
      for (const clock of this.clocks) {
        clock.setTimer(`often ${index}`, FAR, { handler: wasm(guest, 'onTime') });
        clock.setTimeAlert(`once ${index}`, clock.timestampNs() + FAR, {
          handler: wasm(guest, 'onTime'),
        });
        clock.alertAt(clock.timestampNs() + FAR, wasm(guest, 'onTime'));
      }
    }
  }

  /** What there is: registrations, timers of each clock, subscriptions. */
  counts(): number[] {
    const { registrations } = this.manager.metrics();
    return [
      registrations,
      ...this.clocks.map(({ timerCount }) => timerCount),
      this.bus.counters.subscriptions,
    ];
  }

  close(): void {
    this.bus.close();
    this.manager.close();
    for (const bell of this.bells) bell.close();
  }
}

const calls = (guest: WebAssembly.Exports) => (guest as unknown as Exports).callCount();

const TRAPS: Record<string, (world: World) => void> = {
  'on a fd': ({ manager, guest, bells }) => {
    manager.addSubscriber(subscriberOf(wasm(guest, 'trapOnFd'), [new Events(bells[2]!, IN)]));
    bells[2]!.write();
    manager.runWithTimeout(1_000);
  },
  'at the end of its stack': ({ manager, guest, bells }) => {
    manager.addSubscriber(subscriberOf(wasm(guest, 'overflowOnFd'), [new Events(bells[2]!, IN)]));
    bells[2]!.write();
    manager.runWithTimeout(1_000);
  },
  'on a live clock': ({ manager, guest, clocks }) => {
    clocks[0]!.setTimer('trap', 1n, { handler: wasm(guest, 'trapOnTime') });
    manager.runWithTimeout(1_000);
  },
  'on a test clock': ({ guest, clocks, errors }) => {
    const clock = clocks[1] as TestClock;
    clock.setTimer('trap', 1n, { handler: wasm(guest, 'trapOnTime') });
    try {
      clock.advanceTime(3n);
    } catch (error) {
      errors.push(error);
    }
  },
  'on a bus': ({ manager, bus, guest }) => {
    const trapping = bus.subscribe('trap', wasm(guest, 'trapOnMessage'), { priority: 9 });
    for (let i = 0; i < 5; i += 1) bus.publish('trap', i);
    manager.runWithTimeout(1_000);
    assert.not(trapping.active);
  },
  'where it was called by hand': ({ guest, errors }) => {
    try {
      wasm(guest, 'trapOnTime').handle(new Events(1, IN));
    } catch (error) {
      errors.push(error);
    }
  },
};

for (const [where, trap] of Object.entries(TRAPS)) {
  test(`S54: what a guest has ends as it traps ${where}, and nothing of another's`, () => {
    const world = new World();
    assert.equal(world.counts(), [2, 4, 4, 2]);
    for (const bell of world.bells.slice(0, 2)) bell.write();
    trap(world);
    assert.is(world.errors.length, 1, String(world.errors));
    assert.equal(world.counts(), [1, 2, 2, 1]);
    const before = calls(world.other);
    world.bus.publish('more', 1);
    (world.clocks[1] as TestClock).advanceTime(FAR + 10n);
    world.manager.runWithTimeout(1_000);
    // Its fd, its message, an interval and two alerts.
    assert.ok(calls(world.other) >= before + 4);
    assert.ok(calls(world.guest) <= 1, 'before it had trapped');
    assert.is(world.errors.length, 1);
    world.close();
  });
}

test('S54: what is set for a guest that has trapped is told of once, and ends', () => {
  const world = new World();
  TRAPS['on a fd']!(world);
  const clock = world.clocks[1] as TestClock;
  clock.setTimer('late', 1n, { handler: wasm(world.guest, 'onTime') });
  clock.setTimer('later', 2n, { handler: wasm(world.guest, 'onTime') });
  assert.throws(() => clock.advanceTime(clock.timestampNs() + 1n), withCode('ERR_HANDLER_TRAPPED'));
  assert.equal(clock.timerNames, ['often 1', 'once 1']);
  const subscription = world.bus.subscribe('*', wasm(world.guest, 'onMessage'));
  world.bus.publish('n', 1);
  world.manager.runWithTimeout(1_000);
  assert.not(subscription.active);
  assert.is(world.errors.length, 2);
  world.close();
});

test('S54: a process that is left with a trapped guest alone ends', () => {
  const { stdout, stderr } = runProgram(`
    import { EventFd, EventManager, EventSet, Events } from ${module('')};
    import { LiveClock } from ${module('/clock')};
    import { subscriberOf, wasm } from ${module('/handlers')};
    const guest = new WebAssembly.Instance(
      new WebAssembly.Module(Buffer.from('${BYTES.toString('base64')}', 'base64')));
    const onError = ({ name }) => console.log(name);
    const manager = new EventManager({ onHandlerError: 'report', onError });
    const bell = new EventFd();
    manager.addSubscriber(subscriberOf(wasm(guest, 'onFd'), [new Events(bell, EventSet.IN)]));
    const clock = new LiveClock(manager);
    clock.setTimer('tick', 1e6, { handler: wasm(guest, 'onTime') });
    const handler = wasm(guest, 'trapOnTime');
    clock.setTimeAlert('trap', clock.timestampNs() + 20_000_000n, { handler });
    manager.attach();
    process.on('exit', () => console.log(clock.timerCount, manager.metrics().registrations));`);
  assert.is(stdout, 'RuntimeError\n0 0\n', stderr);
});

test.run();
