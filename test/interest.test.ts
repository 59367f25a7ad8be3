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
  type Registration,
  type SubscriberId,
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

test('each event has a context of its own, which may be kept', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const contexts = new Set<HandlerContext<EventFd>>();
  const handler = (context: HandlerContext<EventFd>) => void contexts.add(context);
  interest().read().withFd(bell).withHandler(handler).registerInto(manager);
  manager.run();
  manager.run();
  assert.is(contexts.size, 2);
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

test('F56: the interest that a handler is given is the one that stands', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const seen: number[] = [];
  const registration = interest()
    .read()
    .withFd(bell)
    .withHandler(({ fd, interest, ops, events }) => {
      seen.push(interest, events.eventSet);
      ops.addFlags(fd, OUT);
    })
    .registerInto(manager);
  manager.run();
  assert.is(registration.interest, IN | OUT);
  manager.run();
  assert.equal(seen, [IN, IN, IN | OUT, IN | OUT]);
  registration.remove();
  assert.is(registration.interest, IN | OUT, 'as it was last');
});

/** Each way in which a registration ends. */
const ENDS: Record<string, (manager: EventManager, registration: Registration) => void> = {
  'its own remove': (_, registration) => registration.remove(),
  using: (_, registration) => registration[Symbol.dispose](),
  removeSubscriber: (manager, { id }) => void manager.removeSubscriber(id as SubscriberId<never>),
  'the policy for errors': (manager) => void manager.run(),
  'the end of the manager': (manager) => manager.close(),
};

for (const [way, end] of Object.entries(ENDS)) {
  test(`F36: withOwned closes its source, and once, when it ends by ${way}`, () => {
    const manager = new EventManager({ onHandlerError: 'remove', onError: () => {} });
    const [bell, others] = [new EventFd(1), new EventFd()];
    let closed = 0;
    const owned = {
      fd: bell.fd,
      close: () => {
        closed += 1;
        bell.close();
      },
    };
    const fail = () => assert.unreachable('by this, the policy acts');
    const registration = interest().read().withOwned(owned).withHandler(fail).registerInto(manager);
    interest().read().withFd(others).withHandler(fail).registerInto(manager);
    assert.not.ok(registration.removed);
    end(manager, registration);
    assert.ok(registration.removed);
    registration.remove();
    manager.close();
    assert.is(closed, 1);
    assert.ok(bell.closed);
    assert.not.ok(others.closed, 'what is not owned stays open');
    others.close();
  });
}

test('F36: what could not be registered stays the caller’s', () => {
  using manager = new EventManager();
  using bell = new EventFd();
  const complete = interest()
    .read()
    .withOwned(bell)
    .withHandler(() => {});
  complete.registerInto(manager);
  assert.throws(
    () => complete.registerInto(manager),
    (error: { code: string }) => error.code === 'ERR_FD_ALREADY_REGISTERED',
  );
  assert.not.ok(bell.closed);
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

test('F35: a source that fails to deregister is gone from the manager all the same', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const source = {
    fd: bell.fd,
    register: (ops: EventOps, set: number, data: number) => ops.add(new Events(bell, set, data)),
    reregister: () => {},
    deregister: () => {
      throw new Error('not today');
    },
  };
  const registration = interest()
    .read()
    .withFd(source)
    .withHandler(() => {})
    .registerInto(manager);
  assert.throws(() => registration.remove(), /not today/);
  assert.ok(registration.removed);
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
