import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, type EventManagerOptions, EventSet, Events } from 'wasm-event-manager';
import { Recorder } from './fixtures/configurations.js';
import { everywhere, FailingKernel, type Refusal } from './fixtures/failing-kernel.js';

/**
 * epoll_ctl(2) that refuses, with any errno, at any place of any operation. Whoever asked has it as
 * before, or has it no more and was told; what is counted, and what fires, says the same.
 */

const { IN, OUT, ONE_SHOT, EXCLUSIVE, EDGE_TRIGGERED } = EventSet;
/** One owner with a registration in each state, one bystander, and a fd that both share. */
class World {
  readonly kernel = new FailingKernel({ maxFds: 1_000 });
  readonly errors: unknown[] = [];
  readonly manager: EventManager;
  readonly owner = new Recorder();
  readonly bystander = new Recorder();
  readonly fds: number[];
  readonly ids: Record<'owner' | 'bystander', ReturnType<EventManager['addSubscriber']>>;
  /** Those that fire once they are rung. */
  readonly active = new Set<number>();

  constructor(options: EventManagerOptions = {}) {
    const onError = (error: unknown) => void this.errors.push(error);
    this.manager = new EventManager({ syscalls: this.kernel, onError, ...options });
    this.fds = Array.from({ length: 8 }, () => this.kernel.eventfd());
    const [level, edge, shot, spent, paused, sole, detached, shared] = this.fds;
    this.ids = {
      owner: this.manager.addSubscriber(this.owner),
      bystander: this.manager.addSubscriber(this.bystander),
    };
    const { ops } = this;
    ops.add(new Events(level!, IN));
    ops.add(new Events(edge!, (IN | EDGE_TRIGGERED) >>> 0));
    for (const fd of [shot!, spent!]) ops.add(new Events(fd, IN | ONE_SHOT));
    ops.add(new Events(paused!, IN));
    for (const fd of [sole!, detached!]) ops.add(new Events(fd, (IN | EXCLUSIVE) >>> 0));
    ops.share(new Events(shared!, IN));
    this.manager.eventOps(this.ids.bystander).share(new Events(shared!, IN));
    this.kernel.ring(spent!);
    this.manager.runWithTimeout(0);
    this.kernel.read(spent!, new Uint8Array(8));
    ops.pause(paused!);
    ops.pause(detached!);
    for (const fd of [level!, edge!, shot!, sole!, shared!]) this.active.add(fd);
    this.owner.seen.length = 0;
  }

  get ops() {
    return this.manager.eventOps(this.ids.owner);
  }

  interests(): (number | undefined)[] {
    return this.fds.map((fd) => this.ops.interest(fd));
  }
}

interface Operation {
  name: string;
  do(world: World): void;
  /** Those that end by it, and those that fire from then on, or no more. */
  ends?: (world: World) => number[];
  starts?: (world: World) => number[];
  stops?: (world: World) => number[];
}

const [LEVEL, EDGE, SHOT, SPENT, PAUSED, SOLE, DETACHED, SHARED] = [0, 1, 2, 3, 4, 5, 6, 7];
const ALL = [LEVEL, EDGE, SHOT, SPENT, PAUSED, SOLE, DETACHED, SHARED];

const OPERATIONS: Operation[] = [
  ...ALL.flatMap((index): Operation[] => {
    const one = (world: World) => [world.fds[index]!];
    const modify = ({ ops, fds }: World) =>
      ops.modify(new Events(fds[index]!, ops.interest(fds[index]!)!, 9));
    const resumes = index === PAUSED || index === DETACHED;
    const modified = index === SPENT ? { starts: one } : {};
    return [
      { name: `modify ${index}`, do: modify, ...modified },
      { name: `pause ${index}`, do: ({ ops, fds }) => ops.pause(fds[index]!), stops: one },
      {
        name: `resume ${index}`,
        do: ({ ops, fds }) => ops.resume(fds[index]!),
        ...(resumes ? { starts: one } : {}),
      },
      { name: `rearm ${index}`, do: ({ ops, fds }) => ops.rearm(fds[index]!), ...modified },
      { name: `remove ${index}`, do: ({ ops, fds }) => ops.remove(fds[index]!), ends: one },
    ];
  }),
  { name: 'removeAll', do: ({ ops }) => ops.removeAll(), ends: ({ fds }) => fds },
  {
    name: 'removeAll of some',
    do: ({ ops, fds }) => ops.removeAll([fds[EDGE]!, fds[SOLE]!, fds[SHARED]!]),
    ends: ({ fds }) => [fds[EDGE]!, fds[SOLE]!, fds[SHARED]!],
  },
];

/** Operations for which the kernel needn't be asked. */
const SILENT = new Set([
  ...[LEVEL, EDGE, SHOT, SPENT, SOLE].map((index) => `resume ${index}`),
  ...[PAUSED, DETACHED].flatMap((index) => [`modify ${index}`, `pause ${index}`, `rearm ${index}`]),
  ...[`remove ${DETACHED}`, `pause ${SHARED}`, `remove ${SHARED}`],
]);

/** Puts a failure before an operation: whether it threw. */
function refuse(world: World, how: Refusal, operation: () => void): boolean {
  Object.assign(world.kernel, how);
  try {
    operation();
    return false;
  } catch {
    return true;
  } finally {
    world.kernel.failure = undefined;
  }
}

/** Of a fd that is shared, each has its own. */
function registered(world: World): number {
  const own = world.fds.filter((fd) => world.ops.interest(fd) !== undefined);
  return own.length + (world.bystander.evictions.length === 0 ? 1 : 0);
}

/** What fires is what is registered and active, each once. */
function fires(world: World, title: string): void {
  for (const fd of world.fds) world.kernel.ring(fd);
  world.manager.runWithTimeout(0);
  const alive = world.fds.filter((fd) => world.ops.interest(fd) !== undefined);
  const expected = alive.filter((fd) => world.active.has(fd));
  assert.equal(
    world.owner.fds.sort((a, b) => a - b),
    expected,
    `${title}: what fires`,
  );
  const shared = world.bystander.evictions.length === 0 ? [world.fds[SHARED]!] : [];
  assert.equal(world.bystander.fds, shared, `${title}: what fires for the other`);
}

function tryOperation(operation: Operation, how: Refusal, title: string): World {
  const world = new World();
  const before = world.interests();
  const threw = refuse(world, how, () => operation.do(world));
  const told = new Set(world.owner.evictions.map(({ fd }) => fd));
  const ends = threw ? [] : (operation.ends?.(world) ?? []);
  for (const [index, fd] of world.fds.entries()) {
    const gone = told.has(fd) || ends.includes(fd);
    const expected = gone ? undefined : before[index];
    assert.is(world.ops.interest(fd), expected, `${title}: interest of ${index}`);
  }
  if (!threw) {
    for (const fd of operation.starts?.(world) ?? []) world.active.add(fd);
    for (const fd of operation.stops?.(world) ?? []) world.active.delete(fd);
  }
  assert.is(world.manager.metrics().registrations, registered(world), `${title}: the count`);
  fires(world, title);
  world.manager.close();
  assert.equal(world.kernel.openFds(), world.fds, `${title}: what is open`);
  return world;
}

for (const operation of OPERATIONS) {
  test(`S44: ${operation.name}, refused anywhere: all as before, or ended and told of`, () => {
    const met = everywhere((how, title) => tryOperation(operation, how, title));
    assert.is(met > 0, !SILENT.has(operation.name), `${met} refusals`);
  });
}

test('S44: what is added where epoll_ctl refuses is added, or leaves nothing', () => {
  const met = everywhere((how, title) => {
    const world = new World();
    const anew = [1, 2, 3].map(() => world.kernel.eventfd());
    const events = anew.map((fd) => new Events(fd, IN | OUT));
    const count = world.manager.metrics().registrations;
    if (refuse(world, how, () => world.manager.addSubscriber(new Recorder(...events)))) {
      assert.is(world.manager.metrics().registrations, count, title);
      assert.is([...world.manager.subscribers()].length, 2, title);
    }
    const refused = refuse(world, how, () => world.ops.addAll(events));
    if (refused) for (const fd of anew) assert.is(world.ops.interest(fd), undefined, title);
    for (const fd of anew) if (world.ops.interest(fd) !== undefined) world.ops.remove(fd);
    refuse(world, how, () => world.ops.share(new Events(anew[0]!, IN)));
    fires(world, title);
    world.manager.close();
    assert.equal(
      world.kernel.openFds(),
      [...world.fds, ...anew].sort((a, b) => a - b),
      title,
    );
    return world;
  });
  assert.ok(met > 0);
});

test('S6, S44: a subscriber is removed whatever epoll_ctl says, and its numbers are free', () => {
  const met = everywhere((how, title) => {
    const world = new World();
    const end = () => world.manager.removeSubscriber(world.ids.owner);
    assert.not(refuse(world, how, end), title);
    assert.is(world.manager.metrics().registrations, 1, title);
    assert.is([...world.manager.subscribers()].length, 1);
    for (const fd of world.fds) world.kernel.ring(fd);
    world.manager.runWithTimeout(0);
    assert.equal([world.owner.fds, world.bystander.fds], [[], [world.fds[SHARED]]], title);
    const heir = new Recorder(...world.fds.slice(0, SHARED).map((fd) => new Events(fd, IN)));
    world.manager.addSubscriber(heir);
    world.manager.runWithTimeout(0);
    assert.equal(
      heir.fds.sort((a, b) => a - b),
      world.fds.slice(0, SHARED),
      title,
    );
    assert.is(world.owner.seen.length, 0, title);
    world.manager.close();
    assert.equal(world.kernel.openFds(), world.fds, title);
    return world;
  });
  assert.ok(met >= SHARED);
});

test('S5, S26: a rebuild or a close that epoll_ctl refuses: as before, nothing stays open', () => {
  let rebuilds = 0;
  const met = everywhere((how, title) => {
    const world = new World({ staleRunMax: 1 });
    const haunted = world.kernel.eventfd(1n);
    world.kernel.dup(haunted);
    world.ops.add(new Events(haunted, IN));
    world.kernel.close(haunted);
    world.ops.remove(haunted);
    refuse(world, how, () => world.manager.runWithTimeout(0));
    rebuilds += world.manager.metrics().rebuilds;
    assert.is(world.manager.metrics().registrations, registered(world), title);
    fires(world, title);
    refuse(world, how, () => world.manager.close());
    assert.is(world.kernel.openFds().length, world.fds.length + 1, title);
    return world;
  });
  assert.ok(met > 0 && rebuilds > 0);
});

test.run();
