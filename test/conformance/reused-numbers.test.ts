import * as assert from 'uvu/assert';
import {
  type EventManager,
  type EventManagerError,
  type EventOps,
  EventSet,
  Events,
  type SubscriberId,
} from 'wasm-event-manager';
import { everywhere, Recorder, type Setting, withCode } from '../fixtures/configurations.js';
import type { TestKernel } from '../fixtures/kernels.js';
import { randomFrom } from '../fixtures/random.js';

/**
 * Numbers that name one file after another, by close, dup2 and open behind the manager's back: the
 * kernel's key is (file, number). The model knows which file was registered of each number.
 */

const { IN, ONE_SHOT, EXCLUSIVE, EDGE_TRIGGERED } = EventSet;
const INTERESTS = [IN, IN, IN | ONE_SHOT, (IN | EXCLUSIVE) >>> 0];
/** Above what the test has open, so that nothing else gets one of them. */
const FIRST = 500;
const NUMBERS = 5;
const FILES = 4;
const STEPS = 400;
const SEEDS = 6;
const VERBS = ['pause', 'resume', 'rearm', 'modify'] as const;

interface File {
  /** A number of its own, which keeps it alive. */
  keeper: number;
  pollable: boolean;
  ready: boolean;
}

interface Registered {
  file: File;
  owner: Owner;
  interest: number;
  data: number;
  paused: boolean;
  armed: boolean;
  /** Paused and EXCLUSIVE: the kernel has no entry, so that nobody knows what the number was. */
  detached: boolean;
  /** Its file was closed for good. */
  dead: boolean;
}

class Owner extends Recorder {
  ops!: EventOps;
  id!: SubscriberId<Owner>;
}

class World {
  readonly names = new Map<number, File>();
  readonly registered = new Map<number, Registered>();
  readonly files: File[];
  readonly owners: Owner[];
  readonly manager: EventManager;
  readonly kernel: TestKernel;

  constructor(setting: Setting) {
    this.kernel = setting.kernel;
    this.manager = setting.make({ staleRunMax: 3 });
    this.files = Array.from({ length: FILES }, () => this.#file());
    this.files.push({ keeper: this.kernel.regularFile(), pollable: false, ready: false });
    this.owners = [this.join(), this.join()];
  }

  join(): Owner {
    const owner = new Owner();
    owner.id = this.manager.addSubscriber(owner);
    owner.ops = this.manager.eventOps(owner.id);
    return owner;
  }

  place(file: File, fd: number): void {
    this.close(fd);
    this.kernel.dup2(file.keeper, fd);
    this.names.set(fd, file);
  }

  close(fd: number): void {
    const file = this.names.get(fd);
    if (!file) return;
    this.kernel.close(fd);
    this.names.delete(fd);
    this.#buryIfClosed(file);
  }

  /** Another file in the place of one, whose keeper is closed; its other numbers keep it alive. */
  renew(index: number): void {
    const file = this.files[index]!;
    this.kernel.close(file.keeper);
    this.files[index] = this.#file();
    this.#buryIfClosed(file);
  }

  #buryIfClosed(file: File): void {
    if (this.files.includes(file) || [...this.names.values()].includes(file)) return;
    for (const each of this.registered.values()) if (each.file === file) each.dead = true;
  }

  #file(): File {
    return { keeper: this.kernel.eventfd(), pollable: true, ready: false };
  }
}

/** Whether the number still names what is registered of it. */
function isSame(world: World, fd: number, entry: Registered): boolean {
  return !entry.dead && world.names.get(fd) === entry.file;
}

/** Takes note of evictions, none of which may be of a registration that is alive. */
function takeEvictions(world: World): Map<number, Registered> {
  const taken = new Map<number, Registered>();
  for (const owner of world.owners) {
    for (const { fd, data } of owner.evictions.splice(0)) {
      const entry = world.registered.get(fd);
      assert.is(entry?.owner, owner, `${fd} was told to its owner`);
      assert.is(entry!.data, data);
      assert.not(isSame(world, fd, entry!) && !entry!.detached, `${fd} is alive`);
      world.registered.delete(fd);
      taken.set(fd, entry!);
    }
  }
  return taken;
}

function codeOf(call: () => void): string {
  try {
    call();
    return 'done';
  } catch (error) {
    return (error as EventManagerError).code;
  }
}

function add(world: World, owner: Owner, fd: number, interest: number, data: number): void {
  const entry = world.registered.get(fd);
  const file = world.names.get(fd);
  const code = codeOf(() => owner.ops.add(new Events(fd, interest, data)));
  const told = takeEvictions(world);
  if (entry?.detached || (entry && isSame(world, fd, entry))) {
    assert.is(code, 'ERR_FD_ALREADY_REGISTERED');
  } else if (!file?.pollable) {
    assert.is(code, file ? 'ERR_NOT_POLLABLE' : 'EBADF');
  } else {
    assert.is(code, 'done');
    assert.is(told.has(fd), entry !== undefined, 'the owner before was told');
    const state = { paused: false, armed: true, detached: false, dead: false };
    world.registered.set(fd, { file, owner, interest, data, ...state });
  }
}

function operate(world: World, owner: Owner, fd: number, pick: (below: number) => number): void {
  const verb = VERBS[pick(VERBS.length)]!;
  const [interest, data] = [INTERESTS[pick(INTERESTS.length)]!, pick(1000)];
  const entry = world.registered.get(fd);
  const code = codeOf(() => {
    if (verb === 'modify') owner.ops.modify(new Events(fd, interest, data));
    else owner.ops[verb](fd);
  });
  const told = takeEvictions(world);
  if (!entry || entry.owner !== owner) {
    assert.is(code, entry ? 'ERR_NOT_OWNER' : 'ERR_NOT_REGISTERED');
    return;
  }
  if (code !== 'done') {
    assert.is(code, 'ENOENT', `${verb} of a registration that is gone`);
    assert.ok(told.has(fd), 'and its owner was told');
    return;
  }
  follow(world, fd, entry, verb, { interest, data });
}

/** What an operation that was done changes. */
function follow(
  world: World,
  fd: number,
  entry: Registered,
  verb: (typeof VERBS)[number],
  terms: { interest: number; data: number },
): void {
  const asksKernel = verb === 'resume' ? entry.paused && entry.armed : !entry.paused;
  if (entry.detached && asksKernel) {
    // The kernel had nothing of it: it is what the number names now.
    assert.ok(world.names.get(fd)?.pollable);
    Object.assign(entry, { file: world.names.get(fd), dead: false, detached: false });
  } else if (asksKernel) assert.ok(isSame(world, fd, entry), `${verb} was done to another file`);
  if (verb === 'pause' && !entry.paused) {
    entry.paused = true;
    entry.detached = (entry.interest & EXCLUSIVE) !== 0;
  }
  if (verb === 'resume') entry.paused = false;
  if (verb === 'modify') Object.assign(entry, terms);
  if (verb === 'modify' || verb === 'rearm') entry.armed = true;
}

function turn(world: World): void {
  const expected = new Map<string, number>();
  for (const [fd, { file, dead, paused, armed, owner, data }] of world.registered) {
    const fires = !dead && !paused && armed && file.ready;
    if (fires) expected.set(`${world.owners.indexOf(owner)}:${fd}:${data}`, fd);
  }
  world.manager.runWithTimeout(0);
  const evicted = takeEvictions(world);
  for (const [index, owner] of world.owners.entries()) {
    for (const { fd, data } of owner.seen.splice(0)) {
      const event = `${index}:${fd}:${data}`;
      assert.ok(expected.delete(event), `${event} is of another file`);
      const entry = world.registered.get(fd);
      if (entry && (entry.interest & ONE_SHOT) !== 0) entry.armed = false;
    }
  }
  for (const [event, fd] of expected) assert.ok(evicted.has(fd), `${event} did not come`);
}

function ring(world: World, file: File): void {
  if (file.pollable && !file.ready) world.kernel.ring(file.keeper);
  file.ready = file.pollable;
}

function drain(world: World, file: File): void {
  if (file.ready) world.kernel.readCounter(file.keeper);
  file.ready = false;
}

function step(world: World, pick: (below: number) => number): void {
  const fd = FIRST + pick(NUMBERS);
  const file = world.files[pick(world.files.length)]!;
  const owner = world.owners[pick(world.owners.length)]!;
  const what = pick(16);
  if (what < 3) world.place(file, fd);
  else if (what === 3) world.close(fd);
  else if (what === 4) ring(world, file);
  else if (what === 5) drain(world, file);
  else if (what === 6 && file.pollable) world.renew(world.files.indexOf(file));
  else if (what < 10) add(world, owner, fd, INTERESTS[pick(INTERESTS.length)]!, pick(1000));
  else if (what < 13) operate(world, owner, fd, pick);
  else if (what === 13) remove(world, owner, fd, pick(3) === 0);
  else turn(world);
}

function remove(world: World, owner: Owner, fd: number, everything: boolean): void {
  if (everything) {
    world.manager.removeSubscriber(owner.id);
    for (const [each, entry] of world.registered) {
      if (entry.owner === owner) world.registered.delete(each);
    }
    world.owners[world.owners.indexOf(owner)] = world.join();
  } else if (world.registered.get(fd)?.owner === owner) {
    owner.ops.remove(fd);
    world.registered.delete(fd);
  }
}

everywhere('reused numbers', (test) => {
  test('S1, S3, S4: as a model says, whatever a number names', (setting) => {
    const base = Number(process.env.SEED ?? Date.now() % 1_000_000);
    for (let seed = base; seed < base + SEEDS; seed += 1) {
      const pick = randomFrom(seed);
      const world = new World(setting);
      let at = 0;
      try {
        for (; at < STEPS; at += 1) {
          step(world, pick);
          assert.is(world.manager.metrics().registrations, world.registered.size);
        }
      } catch (error) {
        console.log(`SEED=${seed} fails at step ${at}`);
        throw error;
      }
      world.manager.close();
      for (let fd = FIRST; fd < FIRST + NUMBERS; fd += 1) world.close(fd);
      for (const { keeper } of world.files) setting.kernel.close(keeper);
    }
  });

  test('S3: what was once found out about a number is no answer for later', ({
    kernel,
    manager,
  }) => {
    const [a, b, c] = [kernel.eventfd(), kernel.eventfd(), kernel.eventfd()];
    const [first, second] = [new Recorder(), new Recorder()];
    const [one, two] = [first, second].map((each) => manager.eventOps(manager.addSubscriber(each)));
    kernel.dup2(a, FIRST);
    one!.add(new Events(FIRST, IN, 1));
    kernel.dup2(b, FIRST);
    two!.add(new Events(FIRST, IN, 2));
    // With A goes the entry that was in doubt, and asking again finds that out.
    kernel.close(a);
    const again = () => two!.add(new Events(FIRST, IN, 2));
    for (let i = 0; i < 3; i += 1) assert.is(codeOf(again), 'ERR_FD_ALREADY_REGISTERED');
    kernel.dup2(c, FIRST);
    one!.add(new Events(FIRST, IN, 3));
    kernel.dup2(b, FIRST);
    assert.is(
      codeOf(() => one!.modify(new Events(FIRST, IN, 4))),
      'ENOENT',
    );
    assert.equal(
      first.evictions.map(({ data }) => data),
      [1, 3],
    );
    for (const fd of [b, c, FIRST]) kernel.close(fd);
  });

  test('S3: file A, then B, then A again: the new owner is not refused', ({ kernel, manager }) => {
    const [a, b] = [kernel.eventfd(1n), kernel.eventfd()];
    const [first, second, third] = [new Recorder(), new Recorder(), new Recorder()];
    const [one, two, three] = [first, second, third].map((each) =>
      manager.eventOps(manager.addSubscriber(each)),
    );
    kernel.dup2(a, FIRST);
    one!.add(new Events(FIRST, IN, 1));
    kernel.dup2(b, FIRST);
    two!.add(new Events(FIRST, IN, 2));
    kernel.dup2(a, FIRST);
    assert.throws(() => two!.modify(new Events(FIRST, IN, 4)), withCode('ENOENT'));
    three!.add(new Events(FIRST, (IN | EDGE_TRIGGERED) >>> 0, 3));
    kernel.ring(b);
    assert.is(manager.runWithTimeout(0), 1);
    assert.equal([first.fds, second.fds, third.fds], [[], [], [FIRST]]);
    assert.equal(
      [first, second, third].map(({ evictions }) => evictions.length),
      [1, 1, 0],
    );
    assert.throws(() => one!.add(new Events(FIRST, IN)), withCode('ERR_FD_ALREADY_REGISTERED'));
  });
});
