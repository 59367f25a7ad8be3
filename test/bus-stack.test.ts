import { setImmediate as nextRound } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { MessageBus, type Request } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';
import { callNearEnd, quietly, STEPS, sweep } from './fixtures/stack-steps.js';

interface Fixture {
  bus: MessageBus;
  clock: TestClock;
  received: Map<number, number>;
  turn: () => Promise<void>;
}

function fixture(manager: EventManager | undefined): Fixture {
  const clock = new TestClock();
  const received = new Map<number, number>();
  const onError = () => {};
  const bus = manager
    ? new MessageBus(manager, { clock, onError })
    : new MessageBus({ clock, onError });
  const turn = async () => {
    await nextRound();
    while (manager && manager.runWithTimeout(0) > 0);
  };
  return { bus, clock, received, turn };
}

/** Answers what is pending: an endpoint whose handler had no room for itself has not. */
function answerAll(bus: MessageBus): void {
  for (let id = 1; bus.counters.pendingRequests > 0; id += 1) bus.response(id, 0);
}

/** Whether the bus does all it is for. */
async function assertWorks({ bus, turn }: Fixture): Promise<void> {
  const seen: unknown[] = [];
  const topic = `works ${Math.random()}`;
  using _one = bus.subscribe('works*', (message) => {
    seen.push(`wild ${message}`);
    if (message === 1) bus.publish(topic, 2);
  });
  using _two = bus.subscribe(topic, (message) => seen.push(`own ${message}`));
  bus.register('works', (message, request) => request?.respond(message));
  bus.publish(topic, 1);
  await turn();
  bus.request('works', 3, { callback: (_, answer) => seen.push(answer) });
  bus.send('works', 4);
  await turn();
  bus.deregister('works');
  assert.equal(seen, ['wild 1', 'own 1', 'wild 2', 'own 2', 3]);
  assert.is(bus.counters.queued, 0);
}

for (const managed of [false, true]) {
  const kind = managed ? 'managed' : 'alone';
  const title = (what: string) => `S45: the stack ends near ${what} (${kind})`;
  const withFixture = async (run: (fixture: Fixture) => Promise<void> | void) => {
    const manager = managed ? new EventManager() : undefined;
    const made = fixture(manager);
    try {
      await run(made);
      await made.turn();
      await assertWorks(made);
    } finally {
      made.bus.close();
      manager?.close();
    }
  };

  for (const subscribers of [1, 3]) {
    test(title(`publish to ${subscribers}: what was taken reaches each of them once`), () =>
      withFixture(async (made) => {
        const { bus } = made;
        let calls = 0;
        for (let i = 0; i < subscribers; i += 1) {
          bus.subscribe('t', () => {
            calls += 1;
          });
        }
        const topic = bus.topic('t');
        sweep((step) => (step % 2 ? bus.publish('t', step) : topic.publish(step)));
        await made.turn();
        const { published, delivered, dropped, errors } = bus.counters;
        assert.is(delivered, published * subscribers, 'each message went to each');
        // A handler that had no room for itself has thrown.
        assert.ok(calls <= delivered && calls >= delivered - errors, `${calls} of ${delivered}`);
        assert.is(dropped, 0);
      }),
    );
  }

  test(title('a handler that publishes, sends and asks'), () =>
    withFixture(async (made) => {
      const { bus } = made;
      let nested = 0;
      let sent = 0;
      bus.register('e', (_, request) => {
        sent += 1;
        request?.respond(0);
      });
      bus.subscribe('t', () => {
        quietly(() => bus.publish('u', 0));
        quietly(() => bus.send('e', 0));
        quietly(() => void bus.request('e', 0, { callback: () => {} }));
      });
      bus.subscribe('u', () => {
        nested += 1;
      });
      sweep(() => bus.publish('t', 0));
      await made.turn();
      answerAll(bus);
      await made.turn();
      const { published, delivered, responses, requests } = bus.counters;
      assert.ok(nested > 0 && sent > 0);
      assert.is(requests, responses);
      assert.is(delivered, published + bus.counters.sent + requests + responses);
    }),
  );

  test(title('send: what was taken reaches the endpoint'), () =>
    withFixture(async (made) => {
      const { bus } = made;
      bus.register('e', () => {});
      sweep((step) => bus.send('e', step));
      await made.turn();
      const { sent, delivered } = bus.counters;
      assert.ok(sent > 0);
      assert.is(delivered, sent);
    }),
  );

  test(title('request and respond: each request ends once'), () =>
    withFixture(async (made) => {
      const { bus } = made;
      let ended = 0;
      const held: Request[] = [];
      bus.register('e', (_, request) => void held.push(request!));
      const callback = () => {
        ended += 1;
      };
      sweep(() => void bus.request('e', 0, { callback, timeoutMs: Number.POSITIVE_INFINITY }));
      await made.turn();
      const { requests } = bus.counters;
      assert.ok(requests > 0);
      let next = 0;
      sweep(() => {
        const request = held[next];
        if (request?.respond(1)) next += 1;
      });
      answerAll(bus);
      await made.turn();
      assert.is(bus.counters.pendingRequests, 0);
      assert.is(bus.counters.responses, requests);
      assert.ok(ended >= requests - bus.counters.errors - STEPS / 4, `${ended} of ${requests}`);
    }),
  );

  test(title('a clock that is advanced: each request times out once'), () =>
    withFixture(async (made) => {
      const { bus, clock } = made;
      bus.register('e', () => {});
      let ended = 0;
      const callback = () => {
        ended += 1;
      };
      for (let i = 0; i < STEPS; i += 1) bus.request('e', 0, { callback, timeoutMs: i + 1 });
      await made.turn();
      sweep((step) => clock.advanceTime(BigInt(step + 1) * 1_000_000n));
      clock.advanceTime(BigInt(STEPS) * 1_000_000n);
      // Where there was no room to have it go on by itself, the next message sees to it.
      bus.publish('next', 0);
      await made.turn();
      assert.is(bus.counters.pendingRequests, 0);
      assert.is(bus.counters.timedOut, STEPS);
      assert.ok(ended >= STEPS - bus.counters.errors);
    }),
  );

  test(title('subscribe, unsubscribe, register, deregister: done, or not'), () =>
    withFixture(({ bus }) => {
      for (const pattern of ['exact', 'wild*', '?']) {
        const done = new Map<number, () => void>();
        const before = bus.counters.subscriptions;
        sweep((step) => {
          const handler = () => {};
          bus.subscribe(pattern + step, handler);
          done.set(step, handler);
        });
        for (const [step, handler] of done) assert.ok(bus.isSubscribed(pattern + step, handler));
        assert.ok(bus.counters.subscriptions - before >= done.size);
      }
      const live = bus.counters.subscriptions;
      assert.is(bus.patterns.length, live);
      const subscriptions = Array.from({ length: STEPS }, (_, i) =>
        bus.subscribe(`many*${i}`, () => {}),
      );
      sweep((step) => void subscriptions[step]?.unsubscribe());
      for (const each of subscriptions) each.unsubscribe();
      assert.is(bus.counters.subscriptions, live);
      assert.is(bus.patterns.length, live);
      sweep((step) => bus.register(`e${step}`, () => {}));
      sweep((step) => void bus.deregister(`e${step}`));
      for (const each of bus.endpoints) bus.deregister(each);
    }),
  );

  test(title('the first message on a topic, and one that changed'), () =>
    withFixture(async (made) => {
      const { bus } = made;
      bus.subscribe('new*', () => {});
      sweep((step) => bus.publish(`new${step}`, 0));
      const before = bus.counters.published;
      sweep(() => {
        bus.subscribe('new*', () => {}).unsubscribe();
        bus.publish('new1', 0);
      });
      await made.turn();
      assert.ok(bus.counters.published > before);
      assert.is(bus.counters.delivered, bus.counters.published);
    }),
  );

  test(title('close: it is closed, or can be'), async () => {
    const manager = managed ? new EventManager() : undefined;
    for (let step = 0; step < STEPS; step += 1) {
      const { bus } = fixture(manager);
      let ended = 0;
      bus.register('e', () => {});
      const callback = () => {
        ended += 1;
      };
      bus.request('e', 0, { callback, timeoutMs: Number.POSITIVE_INFINITY });
      bus.subscribe('t', () => {});
      const overflown = callNearEnd(step, () => bus.close());
      bus.close();
      const { subscriptions, endpoints, pendingRequests, errors } = bus.counters;
      assert.equal([subscriptions, endpoints, pendingRequests], [0, 0, 0]);
      // A fault that there was no room to note was thrown.
      assert.ok(ended + errors === 1 || overflown);
    }
    manager?.close();
  });
}

test.run();
