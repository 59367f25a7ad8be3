import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  type EventOps,
  EventSet,
  Events,
  interest,
} from 'wasm-event-manager';
import { Epoll } from 'wasm-event-manager/compat/epoll';
import { Interest, Poll, Token } from 'wasm-event-manager/poll';
import { dispatchTo, MockEventOps } from 'wasm-event-manager/testing';

const { IN, OUT, EDGE_TRIGGERED } = EventSet;
const NEGATIVE = IN | EDGE_TRIGGERED;
const UNSIGNED = NEGATIVE >>> 0;

test('IN | EDGE_TRIGGERED is taken wherever a set is, and unsigned from there on', async () => {
  assert.ok(NEGATIVE < 0);
  using manager = new EventManager();
  using bell = new EventFd(1);
  const events = new Events(bell, NEGATIVE);
  assert.is(events.eventSet, UNSIGNED);
  assert.ok(events.has(NEGATIVE) && events.has(UNSIGNED));
  assert.is(interest(NEGATIVE).eventSet, UNSIGNED);
  assert.ok(interest(NEGATIVE).equals(interest().read().edgeTriggered()));
  assert.is(EventSet.format(NEGATIVE), EventSet.format(UNSIGNED));

  const registration = interest(OUT)
    .withFd(bell)
    .withHandler(() => {})
    .registerInto(manager);
  registration.modify(NEGATIVE);
  assert.is(registration.interest, UNSIGNED);
  assert.equal(manager.registrations(registration.id)[0]!.interest, UNSIGNED);
  registration.remove();
  assert.is(registration.interest, UNSIGNED);

  const ops = manager.eventOps(manager.addSubscriber({ process() {} }));
  for (const verb of ['add', 'share', 'modify'] as const) {
    if (verb === 'modify') ops.add(new Events(bell, OUT));
    ops[verb](new Events(bell, NEGATIVE));
    assert.is(ops.interest(bell), UNSIGNED, verb);
    ops.remove(bell);
  }
  ops.add(new Events(bell, OUT));
  ops.addFlags(bell, NEGATIVE);
  assert.is(ops.interest(bell), (UNSIGNED | OUT) >>> 0);
  ops.removeFlags(bell, NEGATIVE);
  assert.is(ops.interest(bell), OUT);
  ops.remove(bell);
  for await (const event of manager.watch(bell, NEGATIVE)) {
    assert.is(event.eventSet, IN);
    break;
  }
  manager.inject(
    manager.addSubscriber({ process: (e) => assert.is(e.eventSet, UNSIGNED) }),
    events,
  );
  assert.is(manager.runWithTimeout(0), 1);
});

test('and in the source that registers itself, the poll, the testing kit and the older API', () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const sets: number[] = [];
  const source = {
    fd: bell.fd,
    register: (_: EventOps, set: number) => void sets.push(set),
    reregister: (_: EventOps, set: number) => void sets.push(set),
    deregister: () => {},
  };
  const registration = interest(NEGATIVE)
    .withFd(source)
    .withHandler(() => {})
    .registerInto(manager);
  registration.modify(NEGATIVE);
  assert.equal(sets, [UNSIGNED, UNSIGNED]);

  using poll = new Poll();
  poll.registry.register(bell, Token(1), NEGATIVE);
  poll.registry.reregister(bell, Token(1), NEGATIVE);
  assert.is(new Interest(NEGATIVE).eventSet, UNSIGNED);

  const ops = new MockEventOps();
  ops.expect({ operation: 'add', set: NEGATIVE }).expect({ operation: 'addFlags', set: NEGATIVE });
  ops.add(new Events(5, NEGATIVE));
  ops.addFlags(5, NEGATIVE);
  ops.verify();
  assert.is(ops.interest(5), UNSIGNED);
  const process = (events: Events) => assert.is(events.eventSet, UNSIGNED);
  dispatchTo({ process }, { fd: 5, set: NEGATIVE });

  using epoll = new Epoll(() => {});
  epoll.add(bell, NEGATIVE).modify(bell, NEGATIVE).remove(bell);
});

test.run();
