import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventSet } from 'wasm-event-manager';
import { componentSuite, fails, instantiate, NOW, OPTIONS } from './component-fixture.js';
import { componentFile, epollOver } from './component-host.js';
import { kernels } from './component-kernels.js';

/** The component under jco, over each kernel: who watches what, as wit/reactor.wit says. */

const { IN, OUT, ONE_SHOT, EXCLUSIVE, READ_HANG_UP } = EventSet;
const EBADF = 9;
const EMFILE = 24;

for (const create of kernels) {
  const test = componentSuite('component', create);

  test('modify replaces interest and data', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const id = reactor.addSubscriber();
    const fd = kernel.eventFd(1);
    reactor.add(id, fd, IN, 1);
    reactor.modify(id, fd, OUT, 2);
    assert.equal(reactor.wait(NOW), [{ events: OUT, fd, data: 2, subscriber: id.slot }]);
  });

  test('remove ends a registration, and it can be added again', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const id = reactor.addSubscriber();
    const fd = kernel.eventFd(1);
    reactor.add(id, fd, IN, 1);
    reactor.remove(id, fd);
    assert.equal(fixture.poll(), []);
    reactor.add(id, fd, IN, 2);
    assert.equal(fixture.poll(), [2]);
  });

  test('a one-shot registration fires once, until it is re-armed', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const id = reactor.addSubscriber();
    const fd = kernel.eventFd(1);
    reactor.add(id, fd, IN | ONE_SHOT, 1);
    assert.equal([fixture.poll(), fixture.poll()], [[1], []]);
    reactor.rearm(id, fd);
    assert.equal([fixture.poll(), fixture.poll()], [[1], []]);
    // What was handed over was handled: pausing afterwards does not arm it again.
    reactor.pause(id, fd);
    reactor.resume(id, fd);
    assert.equal(fixture.poll(), []);
  });

  test('a paused registration is silent, and resumes where it was', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const id = reactor.addSubscriber();
    const fd = kernel.eventFd(1);
    reactor.add(id, fd, IN, 7);
    reactor.pause(id, fd);
    assert.equal(fixture.poll(), []);
    reactor.resume(id, fd);
    assert.equal(fixture.poll(), [7]);
  });

  test('each refusal has its name, and changes nothing', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const [id, other] = [reactor.addSubscriber(), reactor.addSubscriber()];
    const fd = kernel.eventFd(1);
    reactor.add(id, fd, IN, 1);
    fails('already-open', () => reactor.open(OPTIONS));
    fails('already-registered', () => reactor.add(other, fd, IN, 2));
    fails('not-owner', () => reactor.modify(other, fd, IN, 2));
    fails('not-owner', () => reactor.remove(other, fd));
    fails('not-registered', () => reactor.remove(id, kernel.eventFd(0)));
    fails('invalid-id', () => reactor.add({ slot: 99, generation: 0 }, fd, IN, 2));
    fails('invalid-interest', () => reactor.modify(id, fd, 0x20, 2));
    fails('invalid-interest', () => reactor.modify(id, fd, IN | EXCLUSIVE | READ_HANG_UP, 2));
    fails('errno', () => reactor.add(id, 0x8000_0000, IN, 2), EBADF);
    fails('errno', () => reactor.add(id, 1_000_000, IN, 2), EBADF);
    assert.equal(fixture.poll(), [1]);
    assert.is(reactor.metrics().registrations, 1);
  });

  test('options out of range are refused, and the instance can still be opened', ({ kernel }) => {
    const reactor = instantiate(epollOver(kernel.syscalls));
    const wrong = [{ capacity: 0 }, { capacity: 65 }, { capacityMax: 178_956_971 }];
    for (const options of [...wrong, { staleMax: 65_536 }]) {
      fails('invalid-options', () => reactor.open({ ...OPTIONS, ...options }));
    }
    reactor.open({ capacity: 1, capacityMax: 178_956_970, staleMax: 0, retryOnInterrupt: true });
    reactor.close();
  });

  test('before open and after close there is nothing to ask', ({ fixture, kernel }) => {
    const unopened = instantiate(epollOver(kernel.syscalls));
    const id = fixture.reactor.addSubscriber();
    fixture.reactor.close();
    fixture.reactor.close();
    for (const reactor of [unopened, fixture.reactor]) {
      fails('not-open', () => reactor.wait(NOW));
      fails('not-open', () => reactor.addSubscriber());
      fails('not-open', () => reactor.removeSubscriber(id));
      fails('not-open', () => reactor.add(id, 0, IN, 0));
      fails('not-open', () => reactor.pause(id, 0));
      assert.is(reactor.takeEvicted(), undefined);
    }
  });

  test('a subscriber goes with its fds, and its id is never reused', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const [id, other] = [reactor.addSubscriber(), reactor.addSubscriber()];
    reactor.add(id, kernel.eventFd(1), IN, 1);
    reactor.add(id, kernel.eventFd(1), IN, 2);
    reactor.add(other, kernel.eventFd(1), IN, 3);
    reactor.removeSubscriber(id);
    assert.equal(fixture.poll(), [3]);
    fails('invalid-id', () => reactor.removeSubscriber(id));
    const next = reactor.addSubscriber();
    assert.is(next.slot, id.slot);
    assert.is.not(next.generation, id.generation);
    fails('invalid-id', () => reactor.add(id, kernel.eventFd(1), IN, 4));
  });

  test('a file closed behind its back is evicted, and told', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const [id, other] = [reactor.addSubscriber(), reactor.addSubscriber()];
    const fd = kernel.eventFd(1);
    reactor.add(id, fd, IN, 41);
    kernel.close(fd);
    assert.is(kernel.eventFd(1), fd);
    reactor.add(other, fd, IN, 42);
    assert.equal(reactor.takeEvicted(), { fd, data: 41, subscriber: id.slot });
    assert.is(reactor.takeEvicted(), undefined);
    assert.equal(fixture.poll(), [42]);
  });

  test.run();
}

const alone = suite('component, any host');

alone('a host that brings more events than were asked for is stopped', () => {
  const event = { events: IN, slot: 1, generation: 0 };
  const reactor = instantiate({
    create: () => 3,
    ctl: () => 0,
    close: () => 0,
    wait: (_, maxEvents) => Array.from({ length: maxEvents + 1 }, () => event),
  });
  reactor.open(OPTIONS);
  assert.throws(() => reactor.wait(NOW), /unreachable/);
});

alone('events for slots that were never given out are stale', () => {
  const events = [0, 1, 77, 0xffffffff].map((slot) => ({ events: IN, slot, generation: 9 }));
  const reactor = instantiate({
    create: () => 3,
    ctl: () => 0,
    close: () => 0,
    wait: () => events,
  });
  reactor.open(OPTIONS);
  assert.equal(reactor.wait(NOW), []);
  assert.is(reactor.metrics().stale, 4n);
});

alone('an epoll instance that can’t be had is told, and can be asked for again', () => {
  const answers = [-EMFILE, 3];
  const reactor = instantiate({
    create: () => answers.shift()!,
    ctl: () => 0,
    close: () => 0,
    wait: () => [],
  });
  fails('errno', () => reactor.open(OPTIONS), EMFILE);
  reactor.open(OPTIONS);
  assert.equal(reactor.wait(NOW), []);
});

alone('the component is smaller than 16 KiB', () => {
  assert.ok(readFileSync(componentFile).length <= 16_384);
});

alone.run();
