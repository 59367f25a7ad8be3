import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, type EventOps, EventSet, Events } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';
import { TcpListener } from 'wasm-event-manager/net';

const { IN, OUT, ONE_SHOT } = EventSet;
/** Long enough for a loop that spins to make thousands of turns. */
const WHILE_MS = 60;
/** Turns until what was begun has settled, by far. */
const SETTLING_MS = 30;

interface Stage {
  manager: EventManager;
  /** Readable for ever. */
  bell: EventFd;
  /** Closed at the end. */
  using: <T extends Disposable>(one: T) => T;
}

const silent = () => ({ process: () => {} });

/** Each leaves an attached manager with nothing to do, though something is ready. */
const SCENES: Record<string, (stage: Stage) => void | Promise<void>> = {
  'a readable fd that is paused': ({ manager, bell }) => {
    const ops = manager.eventOps(manager.addSubscriber(silent()));
    ops.add(new Events(bell, IN));
    ops.pause(bell);
  },
  'a readable fd, all sharers of which are paused': ({ manager, bell }) => {
    for (let i = 0; i < 3; i += 1) {
      const ops = manager.eventOps(manager.addSubscriber(silent()));
      ops.share(new Events(bell, IN));
      ops.pause(bell);
    }
  },
  'a ONE_SHOT that has fired': ({ manager, bell }) => {
    manager.eventOps(manager.addSubscriber(silent())).add(new Events(bell, IN | ONE_SHOT));
  },
  'a shared ONE_SHOT that has fired': ({ manager, bell }) => {
    for (let i = 0; i < 2; i += 1)
      manager.eventOps(manager.addSubscriber(silent())).share(new Events(bell, IN | ONE_SHOT));
  },
  'a handler whose promise is pending': ({ manager, bell }) => {
    const id = manager.addSubscriber({ process: () => new Promise(() => {}) });
    manager.eventOps(id).add(new Events(bell, IN));
  },
  'what is injected for a handler whose promise is pending': ({ manager }) => {
    const id = manager.addSubscriber({ process: () => new Promise(() => {}) });
    for (let i = 0; i < 3; i += 1) manager.inject(id, new Events(1, IN));
  },
  'a handler that asks for nothing any more': ({ manager, bell }) => {
    const process = (events: Events, ops: EventOps) => ops.modify(new Events(events.fd, 0));
    manager.eventOps(manager.addSubscriber({ process })).add(new Events(bell, IN | OUT));
  },
  'a subscriber that was removed': ({ manager, bell }) => {
    const id = manager.addSubscriber(silent());
    manager.eventOps(id).add(new Events(bell, IN));
    manager.removeSubscriber(id);
  },
  'a timer that was cancelled, and one that has fired': ({ manager }) => {
    const clock = new LiveClock(manager);
    clock.setTimer('cancelled', 1_000_000n, { handler: () => {} });
    clock.cancelTimer('cancelled');
    clock.setTimeAlert('fired', clock.timestampNs(), { handler: () => {} });
  },
  'a bus whose messages are delivered': ({ manager }) => {
    const bus = new MessageBus({ manager });
    bus.subscribe('a*', () => {});
    for (let i = 0; i < 3; i += 1) bus.publish('ab', i);
  },
  'a listener that is paused, while somebody connects': async ({ manager, using }) => {
    const listener = using(TcpListener.listen(manager, { host: '127.0.0.1', port: 0 }, () => ({})));
    listener.pause();
    const socket = connect((listener.address as { port: number }).port, '127.0.0.1');
    using({ [Symbol.dispose]: () => void socket.destroy() });
    await once(socket, 'connect');
  },
};

for (const [name, scene] of Object.entries(SCENES)) {
  test(`idle means asleep: ${name}`, async () => {
    const kept: Disposable[] = [];
    const using = <T extends Disposable>(one: T): T => {
      kept.push(one);
      return one;
    };
    const manager = new EventManager();
    const bell = using(new EventFd(1));
    manager.attach();
    try {
      await scene({ manager, bell, using });
      await sleep(SETTLING_MS);
      const before = manager.metrics().waits;
      await sleep(WHILE_MS);
      assert.is(manager.metrics().waits, before, 'no wait is made while there is nothing to do');
    } finally {
      manager.close();
      for (const each of kept) each[Symbol.dispose]();
    }
  });
}

test.run();
