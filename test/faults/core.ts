import { openSync } from 'node:fs';
import { EventFd, EventManager, EventSet, Events, interest, pipe } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';
import { Interest, Poll, Events as PollEvents, Token, Waker } from 'wasm-event-manager/poll';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import type { Scenario } from './stage.js';

/** Registrations: added, changed, paused, one-shot, shared, removed, and each event heard. */
export const registrations: Scenario = async (stage) => {
  const manager = stage.manager();
  const bell = stage.own(new EventFd());
  const shared = stage.own(new EventFd());
  const heard = { bell: 0, shared: 0 };
  const first = manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, EventSet.IN | EventSet.ONE_SHOT)),
    process: () => {
      heard.bell += 1;
      bell.read();
    },
  });
  for (let i = 0; i < 2; i += 1) {
    manager.addSubscriber({
      init: (ops) => ops.share(new Events(shared, EventSet.IN)),
      process: () => {
        heard.shared += 1;
        if (heard.shared % 2 === 0) shared.read();
      },
    });
  }
  const ops = manager.eventOps(first);
  bell.write(1);
  await stage.until(manager, () => heard.bell === 1);
  ops.pause(bell);
  bell.write(1);
  ops.resume(bell);
  ops.rearm(bell);
  await stage.until(manager, () => heard.bell === 2);
  ops.modify(new Events(bell, EventSet.IN));
  shared.write(1);
  bell.write(1);
  await stage.until(manager, () => heard.bell === 3 && heard.shared === 2);
  ops.remove(bell);
  bell.write(1);
  return heard.bell === 3 && heard.shared === 2;
};

/** A wait of a fraction of a millisecond. */
export const fractions: Scenario = async (stage) => {
  const manager = stage.own(new EventManager());
  const bell = stage.own(new EventFd());
  let heard = 0;
  const handler = ({ source }: { source: EventFd }) => {
    source.read();
    heard += 1;
  };
  interest().read().withFd(bell).withHandler(handler).registerInto(manager);
  manager.runWithTimeout(0.5);
  bell.write(1);
  manager.runWithTimeout(0.5);
  return heard === 1;
};

/** Awaits a fd, which attaches the manager for as long. */
export const awaited: Scenario = async (stage) => {
  const manager = stage.own(new EventManager());
  const { reader, writer } = pipe();
  stage.own(reader);
  stage.own(writer);
  const readable = manager.readable(reader, { timeout: 10_000 });
  readable.catch(() => {});
  writer.write('x');
  await readable;
  const bytes = new Uint8Array(4);
  return stage.told(reader.read(bytes), null);
};

/** A live clock's alert and timer. */
export const timers: Scenario = async (stage) => {
  const manager = stage.manager();
  const clock = new LiveClock(manager);
  stage.own({ close: () => clock.dispose() });
  let fired = 0;
  const handler = () => {
    fired += 1;
    if (fired === 3) clock.cancelTimer('again');
  };
  clock.setTimeAlert('once', clock.timestampNs() + 1_000_000n, { handler });
  clock.setTimer('again', 1_000_000n, { handler });
  clock.setTimeAlert('never', clock.timestampNs() + 10n ** 15n, { handler });
  clock.cancelTimer('never');
  return stage.until(manager, () => fired >= 3);
};

/** Messages and a request on a bus with a manager. */
export const messages: Scenario = async (stage) => {
  const manager = stage.manager();
  const bus = stage.own(new MessageBus(manager));
  let got = 0;
  bus.subscribe('a.*', () => {
    got += 1;
  });
  bus.register<number>('double', (value, request) => request?.respond(value * 2));
  bus.publish('a.b', 1);
  const callback = (error: unknown) => {
    if (error) stage.note('reported', error);
    else got += 1;
  };
  bus.request('double', 2, { timeoutMs: 10_000, callback });
  return stage.until(manager, () => got === 2);
};

/** A call of a procedure, a `fire` and a `kick`, by an endpoint as another thread has it. */
export const calls: Scenario = async (stage) => {
  const manager = stage.manager();
  let fired = 0;
  manager.expose({
    add: (_ops: unknown, a: number, b: number) => a + b,
    count: () => {
      fired += 1;
    },
  });
  const own = stage.own(manager.remoteEndpoint());
  const endpoint = stage.own(RemoteEndpoint.from(own.share()));
  let sum = 0;
  endpoint.call('add', 1, 2).then(
    (value) => {
      sum = value as number;
    },
    (error) => stage.note('rejected', error),
  );
  endpoint.fire('count');
  endpoint.kick();
  return stage.until(manager, () => sum === 3 && fired === 1);
};

/** The layer without subscribers: a fd and a waker. */
export const polls: Scenario = async (stage) => {
  const poll = stage.own(new Poll());
  const bell = stage.own(new EventFd());
  const events = new PollEvents(8);
  poll.registry.register(bell, Token(1), Interest.READABLE);
  const waker = stage.own(new Waker(poll.registry, Token(2)));
  waker.wake();
  bell.write(1);
  const tokens = new Set<number>();
  for (let i = 0; i < 20 && tokens.size < 2; i += 1) {
    poll.poll(events, 5);
    for (const { token } of events) tokens.add(token);
  }
  poll.registry.reregister(bell, Token(3), Interest.READABLE);
  poll.registry.deregister(bell);
  return tokens.size === 2;
};

/** A file whose poll takes the event: relayed by the kernel's AIO, where that is there. */
export const relayed: Scenario = async (stage) => {
  const manager = stage.manager();
  const bell = stage.own(new EventFd());
  const mounts = openSync('/proc/self/mounts', 'r');
  const { closeSync } = await import('node:fs');
  stage.own({ close: () => closeSync(mounts) });
  let heard = 0;
  const id = manager.addSubscriber({
    init: (ops) => {
      ops.add(new Events(mounts, EventSet.PRIORITY, 1));
      ops.add(new Events(bell, EventSet.IN, 2));
    },
    process: ({ data }) => {
      if (data === 2) bell.read();
      heard += data === 2 ? 1 : 0;
    },
  });
  bell.write(1);
  await stage.until(manager, () => heard === 1);
  const ops = manager.eventOps(id);
  ops.modify(new Events(mounts, EventSet.PRIORITY | EventSet.IN, 1));
  ops.remove(mounts);
  return heard === 1;
};
