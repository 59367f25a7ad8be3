import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  type EventOps,
  EventSet,
  Events,
  type HandlerContext,
  interest,
} from 'wasm-event-manager';

const { IN, OUT, EDGE_TRIGGERED } = EventSet;

test('F57: every step gives a new value, and each flag has its opposite', () => {
  const empty = interest();
  const all = empty
    .readWrite()
    .priority()
    .readHangUp()
    .edgeTriggered()
    .oneShot()
    .wakeUp()
    .exclusive();
  assert.is(empty.eventSet, 0);
  assert.is(
    all.toString(),
    'IN|OUT|PRIORITY|READ_HANG_UP|EDGE_TRIGGERED|ONE_SHOT|WAKE_UP|EXCLUSIVE',
  );
  const none = all
    .removeRead()
    .removeWrite()
    .removePriority()
    .removeReadHangUp()
    .removeEdgeTriggered()
    .removeOneShot()
    .removeWakeUp()
    .removeExclusive();
  assert.ok(none.equals(empty));
  assert.is(interest().read().write().removeReadWrite().eventSet, 0);
  assert.is(interest(OUT).read().eventSet, IN | OUT);
  assert.is(interest().edgeTriggered().eventSet, EDGE_TRIGGERED);
});

test('F56: a handler takes what it names', () => {
  using manager = new EventManager();
  using bell = new EventFd(3);
  const seen: unknown[] = [];
  const registration = interest()
    .read()
    .withFd(bell)
    .withHandler(({ fd, source, events, interest, ops, registration }) => {
      seen.push(fd, source.read(), events.readable, interest, ops.interest(fd), registration.id);
    })
    .registerInto(manager);
  assert.is(manager.run(), 1);
  assert.equal(seen, [bell.fd, 3n, true, IN, IN, registration.id]);
});

test('the context is one object for all events of a registration', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const contexts = new Set<HandlerContext<EventFd>>();
  const handler = (context: HandlerContext<EventFd>) => void contexts.add(context);
  interest().read().withFd(bell).withHandler(handler).registerInto(manager);
  manager.run();
  manager.run();
  assert.is(contexts.size, 1);
});

test('a registration is modified, paused, resumed, re-armed and removed', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const registration = interest()
    .read()
    .oneShot()
    .withFd(bell)
    .withHandler(count)
    .registerInto(manager);
  const run = () => manager.runWithTimeout(0);
  assert.equal([run(), run()], [1, 0]);
  registration.rearm();
  assert.equal([run(), run()], [1, 0]);
  registration.modify(IN);
  assert.is(registration.interest, IN);
  registration.pause();
  assert.is(run(), 0);
  registration.resume();
  assert.is(run(), 1);
  registration.remove();
  registration.remove();
  assert.ok(registration.removed);
  assert.is(run(), 0);
  assert.is(calls, 3);
  assert.is(manager.metrics().subscribers, 0);
});

test('F36: withOwned closes its source, whoever removes the registration', () => {
  const manager = new EventManager();
  const [bell, other] = [new EventFd(), new EventFd()];
  const register = (source: EventFd) =>
    interest()
      .read()
      .withOwned(source)
      .withHandler(() => {})
      .registerInto(manager);
  const registration = register(bell);
  register(other);
  registration.remove();
  assert.ok(bell.closed);
  assert.not.ok(other.closed);
  manager.close();
  other.close();
});

test('F35: a source can decide for itself how it registers', () => {
  using manager = new EventManager();
  using left = new EventFd(1);
  using right = new EventFd(1);
  const both = {
    fd: left.fd,
    register(ops: EventOps, set: number, data: number) {
      ops.addAll([new Events(left, set, data), new Events(right, set, data)]);
    },
    reregister(ops: EventOps, set: number, data: number) {
      for (const bell of [left, right]) ops.modify(new Events(bell, set, data));
    },
    deregister(ops: EventOps) {
      ops.removeAll([left, right]);
    },
  };
  const fds: number[] = [];
  const registration = interest()
    .read()
    .withFd(both)
    .withHandler(({ events }) => void fds.push(events.fd))
    .registerInto(manager);
  assert.is(manager.run(), 2);
  registration.modify(EventSet.PRIORITY);
  assert.is(manager.runWithTimeout(0), 0);
  registration.modify(IN);
  assert.is(manager.run(), 2);
  registration.remove();
  assert.equal(new Set(fds), new Set([left.fd, right.fd]));
  assert.is(manager.metrics().registrations, 0);
});

test('a handler that is none, or a fd that is none, is refused at its step', () => {
  const withCode = (code: string) => (error: { code: string }) => error.code === code;
  assert.throws(() => interest().withFd(-1), withCode('ERR_OUT_OF_RANGE'));
  assert.throws(() => interest(1 << 20), withCode('ERR_OUT_OF_RANGE'));
  assert.throws(
    () =>
      interest()
        .withFd(1)
        .withHandler(null as never),
    withCode('ERR_INVALID_ARG_TYPE'),
  );
});

test.run();
