import * as assert from 'uvu/assert';
import { type EventManager, type EventOps, EventSet, Events } from 'wasm-event-manager';
import { EPOLL_CTL_ADD } from '../../assembly/abi.js';
import { everywhere, type Setting } from '../fixtures/configurations.js';
import { randomFrom } from '../fixtures/random.js';

const { IN, OUT, EDGE_TRIGGERED } = EventSet;
const EDGE = IN | EDGE_TRIGGERED;
const FDS = 12;
const STEPS = 300;

/** One edge-triggered eventfd, and what its handler must still hear. */
interface Edge {
  fd: number;
  ops: EventOps;
  registered: boolean;
  paused: boolean;
  /** Rung while it was registered and not paused, or at its (re)arming: an event is owed. */
  owed: boolean;
  heard: number;
}

/**
 * Edge-triggered fds that ring, and others that are paused, resumed, modified, removed and added
 * meanwhile, from inside handlers too. Level-triggered fds would be reported again, and hide an
 * event that one operation takes from another's fd.
 */
class Scene {
  readonly edges: Edge[];
  readonly #setting: Setting;
  readonly #random: (below: number) => number;
  readonly manager: EventManager;
  /** Operations that handlers of the present turn may still make. */
  #actions = 0;

  constructor(setting: Setting, random: (below: number) => number, budget?: number) {
    this.#setting = setting;
    this.#random = random;
    this.manager = setting.make({ capacity: 4, ...(budget ? { budget: { events: budget } } : {}) });
    this.edges = Array.from({ length: FDS }, () => this.#edge());
  }

  #edge(): Edge {
    const fd = this.#setting.kernel.eventfd();
    const process = ({ fd: of }: Events): void => this.#heard(edge, of);
    const ops = this.manager.eventOps(this.manager.addSubscriber({ process }));
    const edge = { fd, ops, registered: true, paused: false, owed: false, heard: 0 };
    ops.add(new Events(fd, EDGE));
    return edge;
  }

  #heard(edge: Edge, fd: number): void {
    assert.is(fd, edge.fd, 'an event goes to whose fd it is');
    assert.ok(edge.registered && !edge.paused, 'nobody hears what is paused or removed');
    edge.owed = false;
    edge.heard += 1;
    if (this.#actions > 0) {
      this.#actions -= 1;
      this.#act();
    }
  }

  step(): void {
    for (let i = this.#random(4); i >= 0; i -= 1) this.#ring(this.#any());
    this.#act();
    this.#actions = this.#random(4);
    this.manager.runWithTimeout(0);
  }

  #any(): Edge {
    return this.edges[this.#random(FDS)]!;
  }

  #ring(edge: Edge): void {
    assert.is(this.#setting.kernel.ring(edge.fd), 0);
    if (edge.registered && !edge.paused) edge.owed = true;
  }

  /** Whatever arms an entry has the kernel look again: a counter that isn't zero is an event. */
  #arm(edge: Edge, set: EventSet): void {
    if ((set & IN) !== 0 && this.#rung(edge)) edge.owed = true;
  }

  #rung(edge: Edge): boolean {
    const counter = this.#setting.kernel.readCounter(edge.fd);
    if (typeof counter !== 'bigint') return false;
    // Put back: this rings, which is an edge as well.
    this.#setting.kernel.ring(edge.fd, counter);
    return true;
  }

  #act(): void {
    const edge = this.#any();
    const { fd, ops } = edge;
    const choice = this.#random(5);
    if (!edge.registered) {
      ops.add(new Events(fd, EDGE));
      Object.assign(edge, { registered: true, paused: false });
      this.#arm(edge, EDGE);
    } else if (choice === 0) {
      ops.remove(fd);
      Object.assign(edge, { registered: false, owed: false });
    } else if (choice === 1) {
      ops.pause(fd);
      Object.assign(edge, { paused: true, owed: false });
    } else if (edge.paused) {
      ops.resume(fd);
      edge.paused = false;
      this.#arm(edge, EDGE);
    } else if (choice === 2) {
      ops.rearm(fd);
      this.#arm(edge, EDGE);
    } else {
      ops.modify(new Events(fd, EDGE | OUT));
      ops.modify(new Events(fd, EDGE));
      this.#arm(edge, EDGE);
    }
  }
}

/** Has Wasm memory grow, and so detach its views, at each add. */
function growAtEachAdd({ kernel }: Setting): void {
  const { syscalls } = kernel;
  const ctl = syscalls.ctl.bind(syscalls);
  syscalls.ctl = (...args) => {
    if (args[1] === EPOLL_CTL_ADD) latest?.grow(1);
    return ctl(...args);
  };
}

let latest: WebAssembly.Memory | undefined;
WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    latest = this;
  }
};

everywhere('edges', (test) => {
  test('S14: no edge is lost though memory grows at each add', (setting) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    growAtEachAdd(setting);
    const scene = new Scene(setting, randomFrom(seed));
    const before = latest!.buffer.byteLength;
    for (let i = 0; i < 60; i += 1) scene.step();
    for (let i = 0; i < 2 * FDS; i += 1) scene.manager.runWithTimeout(0);
    assert.ok(latest!.buffer.byteLength > before, 'it has grown meanwhile');
    assert.not(
      scene.edges.some((edge) => edge.owed),
      `seed ${seed}`,
    );
  });

  for (const budget of [undefined, 1, 3]) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const title = `S14: each edge is delivered, or its fd was paused or removed, seed ${seed}`;
    test(`${title}, ${budget ? `${budget} a turn` : 'no budget'}`, (setting) => {
      const scene = new Scene(setting, randomFrom(seed), budget);
      for (let i = 0; i < STEPS; i += 1) scene.step();
      for (let i = 0; i < 2 * FDS; i += 1) scene.manager.runWithTimeout(0);
      const owed = scene.edges.filter((edge) => edge.owed).map(({ fd }) => fd);
      assert.equal(owed, [], `fds whose edge was lost, seed ${seed}`);
      assert.ok(scene.edges.some(({ heard }) => heard > 5));
    });
  }

  test('S14: pausing a fd that fired in an earlier batch takes no other’s event', (setting) => {
    const { kernel, manager } = setting;
    const heard: number[] = [];
    const process = ({ fd }: Events) => void heard.push(fd);
    const ops = manager.eventOps(manager.addSubscriber({ process }));
    const [early, late] = [kernel.eventfd(1n), kernel.eventfd()];
    ops.add(new Events(early, EDGE));
    assert.is(manager.run(), 1);
    // A batch in which `late` has the place that `early` had.
    ops.add(new Events(late, EDGE));
    const first = kernel.eventfd(1n);
    ops.add(new Events(first, EDGE));
    manager.run();
    heard.length = 0;
    const acting = manager.addSubscriber({
      process: () => {
        ops.pause(early);
        ops.modify(new Events(early, OUT | EDGE_TRIGGERED));
        ops.remove(early);
      },
    });
    const trigger = kernel.eventfd(1n);
    manager.eventOps(acting).add(new Events(trigger, EDGE));
    kernel.ring(late);
    kernel.ring(first);
    manager.run();
    assert.equal(heard.sort(), [late, first].sort());
    assert.is(manager.metrics().withdrawn, 0);
  });
});
