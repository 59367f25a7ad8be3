import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { overflowsNearEnd, sweep } from './fixtures/stack.js';
import { runWhilePending } from './fixtures/threads.js';

const CAPACITY = 4;
const RICH = { a: [1, { b: 'two' }] };

/** A manager, and an endpoint of it that may be the own thread's. */
class Scene {
  readonly manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
  readonly endpoint: RemoteEndpoint;
  readonly calls: Promise<unknown>[] = [];

  constructor(shared: boolean) {
    this.manager.expose({ echo: (_ops, value) => value });
    const own = this.manager.remoteEndpoint({ capacity: CAPACITY });
    this.endpoint = shared ? RemoteEndpoint.from(own.share()) : own;
  }

  call(value: unknown): void {
    const call = this.endpoint.call('echo', value);
    call.catch(() => {});
    this.calls.push(call);
  }

  [Symbol.dispose](): void {
    this.endpoint.close();
    this.manager.close();
  }

  /** Whether everything that was called is answered, and all slots can be used again. */
  async check(about: string): Promise<void> {
    const { manager, endpoint, calls } = this;
    const settled = await runWhilePending(manager, Promise.allSettled(calls.splice(0)));
    for (const each of settled) if (each.status === 'fulfilled') assert.equal(each.value, RICH);
    manager.runWithTimeout(0);
    for (let i = 0; i < CAPACITY; i += 1) this.call(RICH);
    const all = await runWhilePending(manager, Promise.all(calls.splice(0)));
    assert.equal(all, Array(CAPACITY).fill(RICH), about);
    assert.is(endpoint.closed, false);
  }
}

const CALLS: Record<string, (scene: Scene) => void> = {
  call: (scene) => scene.call(RICH),
  fire: ({ endpoint }) => endpoint.fire('echo', RICH),
  'fire of a number': ({ endpoint }) => endpoint.fire('echo', 5),
  kick: ({ endpoint }) => endpoint.kick(),
  stop: ({ endpoint }) => endpoint.stop(),
  expose: ({ manager }) => manager.expose({ other: () => 1 }),
  'remoteEndpoint and close': ({ manager }) => manager.remoteEndpoint().close(),
};

/** Sweeps in steps, with time for promises in between. */
async function sweepAll(scene: Scene, call: () => void, about: string): Promise<void> {
  const outcomes: [boolean, number][] = [];
  sweep(call, (overflowed, step) => {
    outcomes.push([overflowed, step]);
    // Takes what was fired or called: by turns of its own, with room for them.
    for (let turn = 0; turn < 3; turn += 1) scene.manager.runWithTimeout(0);
  });
  assert.ok(outcomes.length > 0);
  await scene.check(about);
}

for (const shared of [false, true]) {
  const kind = shared ? 'a shared endpoint' : "the own thread's endpoint";
  for (const [name, call] of Object.entries(CALLS)) {
    test(`S45: ${name} of ${kind} overflows the stack, and all goes on`, async () => {
      using scene = new Scene(shared);
      await sweepAll(scene, () => call(scene), name);
    });
  }

  test(`S45: share of ${kind} overflows the stack, and all goes on`, async () => {
    using scene = new Scene(shared);
    const share = () => scene.endpoint.share().close();
    share();
    const overflowed = new Set<boolean>();
    // Node takes more of the stack to make a channel than a sweep of single frames goes through.
    for (let frames = 0; frames < 1_000; frames += 10) {
      overflowed.add(overflowsNearEnd(frames, share));
      for (let turn = 0; turn < 2; turn += 1) scene.manager.runWithTimeout(0);
    }
    assert.is(overflowed.size, 2);
    await scene.check('share');
  });

  test(`S45: a turn for ${kind} overflows the stack, and all are answered`, async () => {
    using scene = new Scene(shared);
    scene.call(RICH);
    scene.call(RICH);
    sweep(
      () => void scene.manager.runWithTimeout(0),
      () => {
        for (let turn = 0; turn < 3; turn += 1) scene.manager.runWithTimeout(0);
        if (!shared) for (let i = 0; i < 2; i += 1) scene.call(RICH);
        else scene.endpoint.fire('echo', RICH);
      },
    );
    await scene.check('turns');
  });

  test(`S45: close of ${kind} overflows the stack, and can be done again`, async () => {
    const open: RemoteEndpoint[] = [];
    using scene = new Scene(shared);
    const { manager } = scene;
    const calls: Promise<unknown>[] = [];
    const make = () => {
      const own = manager.remoteEndpoint();
      const made = shared ? own.clone() : own;
      calls.push(made.call('echo', 1).catch((error) => error.code));
      open.push(made);
    };
    make();
    sweep(
      () => open.at(-1)!.close(),
      () => make(),
    );
    for (const each of open) each.close();
    assert.equal(new Set(await Promise.all(calls)), new Set(['ERR_CLOSED']));
  });
}

test.run();
