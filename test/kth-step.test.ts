import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventManager,
  type EventOps,
  EventSet,
  type EventSubscriber,
  Events,
  interest,
  type Syscalls,
} from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';

const { IN, OUT, ONE_SHOT, EDGE_TRIGGERED } = EventSet;
const ENOMEM = 12;
const STEPS_MAX = 50;
/** Calls that may be refused; what gives back does not fail. */
const REFUSABLE = ['create', 'ctl', 'createEventFd', 'createTimerFd', 'setTimerFd'] as const;

/** A kernel that refuses the call number `at` from now on, once. */
class Refusing {
  readonly kernel = new SimulatedSyscalls();
  readonly syscalls: Syscalls;
  /** Refusable calls until then; 0 when none is to fail. */
  at = 0;

  constructor() {
    const { kernel } = this;
    const all = ['wait', 'close', 'read', 'write', 'clock', 'monotonicNs', 'realtimeNs', 'unread'];
    const direct = all.map((name) => [name, (kernel as never)[name]] as [string, CallableFunction]);
    this.syscalls = {
      eventSize: kernel.eventSize,
      ...Object.fromEntries(direct.map(([name, call]) => [name, call.bind(kernel)])),
      entries: (epfd: number, fd?: number) => kernel.entries(epfd, fd),
      ...Object.fromEntries(REFUSABLE.map((name) => [name, this.#refusable(name)])),
    } as unknown as Syscalls;
  }

  #refusable(name: (typeof REFUSABLE)[number]) {
    return (...args: never[]): number => {
      const isDelete = name === 'ctl' && args[1] === 2;
      if (this.at > 0 && !isDelete) {
        this.at -= 1;
        if (this.at === 0) return -ENOMEM;
      }
      return (this.kernel[name] as (...args: never[]) => number).call(this.kernel, ...args);
    };
  }
}

/** A manager with two bells and a spare, one watched by a subscriber, one shared. */
class Scene {
  readonly refusing = new Refusing();
  readonly kernel = this.refusing.kernel;
  readonly bells = [1, 2, 3].map(() => this.kernel.eventfd(1));
  readonly manager = new EventManager({ syscalls: this.refusing.syscalls, onError: () => {} });
  readonly heard: string[] = [];
  clock: LiveClock | undefined;
  readonly id = this.manager.addSubscriber(this.subscriber('first'));
  readonly ops: EventOps = this.manager.eventOps(this.id);

  constructor() {
    this.ops.add(new Events(this.bells[0]!, IN));
    this.ops.share(new Events(this.bells[1]!, IN));
  }

  subscriber(name: string, init?: (ops: EventOps) => void): EventSubscriber {
    const process = ({ fd }: Events) => void this.heard.push(`${name} ${fd}`);
    return { process, ...(init && { init }) };
  }

  /** All that can be counted, and all that is registered. */
  state(): unknown {
    const { waits, received, dispatched, ...metrics } = this.manager.metrics();
    const interests = this.bells.map((fd) => this.ops.interest(fd));
    const owners = this.bells.map((fd) => this.manager.ownerOf(fd));
    const { registrations, subscribers, evicted, gone, stale, withdrawn, discarded } = metrics;
    const counts = { registrations, subscribers, evicted, gone, stale, withdrawn, discarded };
    const timers = this.clock?.timerCount;
    return { counts, timers, interests, owners, fds: this.kernel.openFds() };
  }

  /** What the subscribers hear in a turn. */
  turn(): string[] {
    this.heard.length = 0;
    this.manager.runWithTimeout(0);
    return [...this.heard].sort();
  }
}

const bus = (scene: Scene) => new MessageBus(scene.manager);
/** What has to be there before. */
const PREPARED: Record<string, (scene: Scene) => void> = {
  'a timer': (scene) => {
    scene.clock = new LiveClock(scene.manager);
  },
};
const STEPS: Record<string, (scene: Scene) => unknown> = {
  'addSubscriber with an init that adds two': ({ manager, bells }) =>
    manager.addSubscriber({
      init: (ops) => {
        ops.add(new Events(bells[2]!, IN));
        ops.share(new Events(bells[1]!, IN | OUT));
      },
      process: () => {},
    }),
  addAll: ({ ops, kernel }) => ops.addAll([1, 2, 3].map(() => new Events(kernel.eventfd(), IN))),
  share: ({ manager, bells }) => {
    const id = manager.addSubscriber({ process: () => {} });
    try {
      manager.eventOps(id).share(new Events(bells[1]!, IN | OUT));
    } catch (error) {
      manager.removeSubscriber(id);
      throw error;
    }
  },
  modify: ({ ops, bells }) => ops.modify(new Events(bells[0]!, OUT, 9)),
  'modify of a share': ({ ops, bells }) => ops.modify(new Events(bells[1]!, OUT, 9)),
  addFlags: ({ ops, bells }) => ops.addFlags(bells[0]!, ONE_SHOT | EDGE_TRIGGERED),
  pause: ({ ops, bells }) => ops.pause(bells[0]!),
  'pause of a share': ({ ops, bells }) => ops.pause(bells[1]!),
  'the builder': ({ manager, bells }) =>
    interest()
      .read()
      .withFd(bells[2]!)
      .withHandler(() => {})
      .registerInto(manager),
  'a fd for nesting': ({ manager }) => manager.fd,
  'a clock': ({ manager }) => new LiveClock(manager),
  'a timer': (scene) => scene.clock!.setTimer('a', 1_000n, { handler: () => {} }),
  'a bus that publishes': (scene) => bus(scene).publish('a', 1),
  'an endpoint': ({ manager }) => manager.remoteEndpoint(),
};

for (const [name, step] of Object.entries(STEPS)) {
  test(`S44, K3, K8: ${name}: whichever system call is refused, all is as before`, () => {
    let refused = 0;
    for (let at = 1; at <= STEPS_MAX; at += 1) {
      const scene = new Scene();
      const twin = new Scene();
      for (const each of [scene, twin]) PREPARED[name]?.(each);
      const before = scene.state() as { fds: number[] };
      scene.refusing.at = at;
      try {
        step(scene);
      } catch (error) {
        assert.is((error as { code: string }).code, 'ENOMEM', `${error}`);
      }
      if (scene.refusing.at > 0) {
        assert.ok(refused > 0, 'it makes a system call');
        return;
      }
      refused += 1;
      const after = scene.state() as { fds: number[] };
      const made = name === 'addAll' ? 3 : 0;
      assert.is(after.fds.length, before.fds.length + made, `call ${at}: fds`);
      assert.equal({ ...after, fds: 0 }, { ...before, fds: 0 }, `call ${at}`);
      assert.equal(scene.turn(), twin.turn(), `call ${at}: who hears what`);
      step(scene);
      assert.not.equal(scene.state(), undefined);
      scene.manager.close();
      twin.manager.close();
      const [left, most] = [scene, twin].map(({ kernel }) => kernel.openFds().length);
      assert.is(left! - 2 * made, most!, `call ${at}: fds at the end`);
    }
    assert.unreachable('it ends');
  });
}

test('S44: a manager whose making is refused leaves nothing open', () => {
  for (let at = 1; ; at += 1) {
    const refusing = new Refusing();
    refusing.at = at;
    try {
      new EventManager({ syscalls: refusing.syscalls });
    } catch (error) {
      assert.is((error as { code: string }).code, 'ENOMEM');
      assert.equal(refusing.kernel.openFds(), []);
      continue;
    }
    assert.ok(at > 1 && refusing.at > 0);
    return;
  }
});

test.run();
