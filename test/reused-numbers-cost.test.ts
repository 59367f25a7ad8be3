import { openSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, type EventOps, EventSet, Events } from 'wasm-event-manager';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { RealKernel } from './fixtures/kernels.js';

/**
 * What it costs to operate on a number that was closed behind the manager's back and registered
 * anew: the list of epoll's entries, which says what a number names, takes time for each of them.
 */

const { IN, ONE_SHOT, EXCLUSIVE, PRIORITY } = EventSet;
const COUNTS = [10, 1_000, 10_000];
const INTERESTS = [IN, IN | ONE_SHOT, (IN | EXCLUSIVE) >>> 0];

class CountingKernel extends SimulatedSyscalls {
  controls = 0;
  reads = 0;
  listed = 0;

  override ctl(...args: Parameters<SimulatedSyscalls['ctl']>): number {
    this.controls += 1;
    return super.ctl(...args);
  }

  override entries(epfd: number) {
    const entries = super.entries(epfd);
    this.reads += 1;
    this.listed += entries?.length ?? 0;
    return entries;
  }

  reset(): void {
    this.controls = 0;
    this.reads = 0;
    this.listed = 0;
  }
}

class World {
  readonly kernel = new CountingKernel({ maxFds: 20_000 });
  readonly manager = new EventManager({ syscalls: this.kernel });
  readonly ops: EventOps;
  readonly fds: number[];

  constructor(count: number) {
    this.ops = this.manager.eventOps(this.manager.addSubscriber({ process: () => {} }));
    this.fds = Array.from({ length: count }, () => this.kernel.eventfd());
    for (const fd of this.fds) this.ops.add(new Events(fd, IN));
    this.kernel.reset();
  }

  /** Closes it behind the manager's back, and registers what gets its number. */
  renew(fd: number, interest: number): void {
    this.kernel.close(fd);
    assert.is(this.kernel.eventfd(), fd);
    this.ops.add(new Events(fd, interest));
  }

  /** Everything that asks whether the number is still what was registered. */
  operate(fd: number, interest: number): void {
    this.ops.modify(new Events(fd, interest, 7));
    this.ops.pause(fd);
    this.ops.resume(fd);
    this.ops.rearm(fd);
  }
}

for (const interest of INTERESTS) {
  const name = EventSet.format(interest);

  test(`${name}: after a foreign close an operation costs the same, whatever is registered`, () => {
    const costs = COUNTS.map((count) => {
      const world = new World(count);
      world.renew(world.fds[5]!, interest);
      world.operate(world.fds[5]!, interest);
      world.manager.close();
      assert.is(world.kernel.reads, 0);
      return world.kernel.controls;
    });
    assert.is(new Set(costs).size, 1, `epoll_ctl calls: ${costs}`);
  });

  test(`${name}: as many foreign closes as there are registrations: some calls for each`, () => {
    for (const count of COUNTS) {
      const world = new World(count);
      for (const fd of world.fds) world.renew(fd, interest);
      for (const fd of world.fds) world.operate(fd, interest);
      world.manager.close();
      const { controls, listed } = world.kernel;
      assert.ok(controls <= 30 * count, `${controls} epoll_ctl calls for ${count}`);
      assert.ok(listed <= 4 * count, `${listed} entries read for ${count}`);
    }
  });

  test(`${name}: one number closed again and again, among others that were`, () => {
    for (const count of COUNTS) {
      const world = new World(count);
      for (const fd of world.fds) world.renew(fd, interest);
      world.kernel.reset();
      for (let i = 0; i < 200; i += 1) {
        world.renew(world.fds[3]!, interest);
        world.operate(world.fds[3]!, interest);
        world.operate(world.fds[i % count]!, interest);
      }
      world.manager.close();
      const { reads, listed } = world.kernel;
      assert.ok(listed <= 200 * 10 + 3 * count, `${listed} entries in ${reads} lists of ${count}`);
    }
  });
}

test('S3: a number with a ghost that lives on is not asked of by a list each time', () => {
  for (const count of COUNTS) {
    const world = new World(count);
    const fd = world.fds[2]!;
    world.kernel.dup(fd);
    world.renew(fd, IN);
    for (let i = 0; i < 10; i += 1) world.operate(fd, IN);
    const { listed } = world.kernel;
    assert.ok(listed <= 10 * 4 + 4 * count, `${listed} entries read for ${count}`);
    world.manager.close();
  }
});

test('S50: a file whose poll takes the event, under a number that was closed: stays', () => {
  const kernel = new RealKernel();
  using manager = new EventManager();
  let evicted = 0;
  const ops = manager.eventOps(
    manager.addSubscriber({
      process: () => {},
      evicted: () => {
        evicted += 1;
      },
    }),
  );
  const bell = kernel.eventfd();
  ops.add(new Events(bell, IN));
  kernel.close(bell);
  const mounts = openSync('/proc/self/mounts', 'r');
  assert.is(mounts, bell, 'it has got the number');
  ops.add(new Events(mounts, PRIORITY));
  assert.is(evicted, 1);
  for (const interest of [PRIORITY, 0, PRIORITY, PRIORITY | ONE_SHOT]) {
    ops.modify(new Events(mounts, interest));
    ops.pause(mounts);
    ops.resume(mounts);
    ops.rearm(mounts);
  }
  assert.is(evicted, 1);
  assert.is(manager.metrics().registrations, 1);
  ops.remove(mounts);
  kernel.closeAll();
});

test.run();
