import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  type EventOps,
  EventSet,
  type EventSubscriber,
  Events,
  interest,
  type Registration,
  type SubscriberId,
} from 'wasm-event-manager';
import { sweep } from './fixtures/stack.js';

const { IN, OUT, ONE_SHOT, EDGE_TRIGGERED } = EventSet;

/** A manager with a bell that was rung, and whatever a call needs. */
class Scene {
  readonly manager = new EventManager();
  readonly bell = new EventFd(1);
  readonly spare = new EventFd();
  readonly calls: number[] = [];
  readonly id: SubscriberId;
  readonly ops: EventOps;

  constructor() {
    this.id = this.manager.addSubscriber({
      init: (ops) => ops.add(new Events(this.bell, IN)),
      process: ({ fd }) => void this.calls.push(fd),
    });
    this.ops = this.manager.eventOps(this.id);
  }

  /** Whether events go to whom they are for, and the spare fd can be had by anyone. */
  check(about: string): void {
    const { manager, bell, spare, calls } = this;
    calls.length = 0;
    if (!manager.registrations(this.id).some(({ fd }) => fd === bell.fd)) {
      this.ops.add(new Events(bell, IN));
    }
    this.ops.modify(new Events(bell, IN));
    this.ops.resume(bell);
    for (let turn = 0; turn < 4; turn += 1) manager.runWithTimeout(0);
    assert.ok(calls.filter((fd) => fd === bell.fd).length > 1, about);
    if (manager.ownerOf(spare) === this.id) this.ops.remove(spare);
    const registration = interest(OUT)
      .withFd(spare)
      .withHandler(() => {})
      .registerInto(manager);
    registration.remove();
    assert.is(manager.metrics().subscribers, 1, about);
  }

  close(): void {
    this.manager.close();
    this.bell.close();
    this.spare.close();
  }
}

const CALLS: Record<string, (scene: Scene) => void> = {
  'EventOps.add': ({ ops, spare }) => ops.add(new Events(spare, OUT)),
  'EventOps.modify': ({ ops, bell }) => ops.modify(new Events(bell, IN | EDGE_TRIGGERED)),
  'EventOps.remove': ({ ops, bell }) => ops.remove(bell),
  'EventOps.addAll': ({ ops, spare }) => ops.addAll([new Events(spare, OUT)]),
  'EventOps.removeAll': ({ ops }) => ops.removeAll(),
  'EventOps.addFlags': ({ ops, bell }) => ops.addFlags(bell, ONE_SHOT),
  'EventOps.pause and resume': ({ ops, bell }) => {
    ops.pause(bell);
    ops.resume(bell);
  },
  'EventOps.rearm': ({ ops, bell }) => ops.rearm(bell),
  run: ({ manager }) => void manager.run(),
  runWithTimeout: ({ manager }) => void manager.runWithTimeout(0),
  inject: ({ manager, id, spare }) => manager.inject(id, new Events(spare, OUT)),
  'addSubscriber and removeSubscriber': ({ manager, spare }) => {
    const init = (ops: EventOps) => ops.add(new Events(spare, OUT));
    let id: SubscriberId | undefined;
    try {
      id = manager.addSubscriber({ init, process() {} });
    } finally {
      remove(manager, id);
    }
  },
  'registerInto and remove': ({ manager, spare }) => {
    let registration: Registration | undefined;
    try {
      registration = interest(OUT)
        .withFd(spare)
        .withHandler(() => {})
        .registerInto(manager);
    } finally {
      remove(manager, registration?.id);
    }
  },
  'snapshot and metrics': ({ manager }) => void [manager.snapshot(), manager.metrics()],
};

/** From a stack of its own: at the end of one it might overflow, too. */
let leftOver: { manager: EventManager; id: SubscriberId } | undefined;
function remove(manager: EventManager, id: SubscriberId | undefined): void {
  leftOver = id === undefined ? undefined : { manager, id };
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`S45: ${name} overflows the stack, and all goes on`, () => {
    const scene = new Scene();
    sweep(
      () => call(scene),
      (_overflowed, step) => {
        if (leftOver)
          leftOver.manager.removeSubscriber(leftOver.id as SubscriberId<EventSubscriber>);
        leftOver = undefined;
        scene.check(`${name}, ${step} frames from the end`);
      },
    );
    scene.close();
  });
}

test('S44, S45: a manager that overflows the stack while it is made leaves no fd', () => {
  const count = () => readdirSync('/proc/self/fd').length;
  new EventManager().close();
  const before = count();
  sweep(
    () => new EventManager().close(),
    (_overflowed, step) => assert.is(count(), before, `${step} frames from the end`),
  );
});

test('S45: a share overflows the stack, and those who share go on', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const calls = [0, 0];
  const ids = calls.map((_, i) =>
    manager.addSubscriber({
      process: () => {
        calls[i]! += 1;
      },
    }),
  );
  const [first, second] = ids.map((id) => manager.eventOps(id));
  first!.share(new Events(bell, IN));
  sweep(
    () => second!.share(new Events(bell, IN)),
    (_overflowed, step) => {
      calls.fill(0);
      const shared = manager.registrations(ids[1]!).length;
      manager.runWithTimeout(0);
      manager.runWithTimeout(0);
      assert.ok(calls[0]! > 0, `the first, after ${step}`);
      assert.is(calls[1]! > 0, shared > 0, `the second, after ${step}`);
      second!.removeAll();
    },
  );
});

test('S45: handlers that overflow the stack cost nobody their event', () => {
  using manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
  const bells = [new EventFd(1), new EventFd(1), new EventFd(1)];
  const seen = new Set<number>();
  for (const [i, bell] of bells.entries()) {
    interest(IN)
      .withFd(bell)
      .withHandler(() => {
        seen.add(i);
        if (i === 1) throw new RangeError('Maximum call stack size exceeded');
      })
      .registerInto(manager);
  }
  sweep(
    () => void manager.runWithTimeout(0),
    () => {
      seen.clear();
      for (let turn = 0; turn < 3; turn += 1) manager.runWithTimeout(0);
      assert.equal([...seen].sort(), [0, 1, 2]);
    },
  );
  for (const bell of bells) bell.close();
});

test.run();
