import { monotonicClock } from '@bytecodealliance/preview2-shim/clocks';
import * as assert from 'uvu/assert';
import { EventSet } from 'wasm-event-manager';
import { componentSuite, Fixture, fails, NOW } from './component-fixture.js';
import { kernels } from './component-kernels.js';

/** The component under jco, over each kernel: its waits, as wit/reactor.wit describes them. */

const { IN, OUT } = EventSet;
const EPERM = 1;
const EINTR = 4;
const MILLISECONDS = 1_000_000n;

for (const create of kernels) {
  const test = componentSuite('component, waiting', create);

  test('what is ready comes as one batch, with fd, data and subscriber', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const first = reactor.addSubscriber();
    const second = reactor.addSubscriber();
    const [a, b, c] = [kernel.eventFd(1), kernel.eventFd(0), kernel.eventFd(1)] as const;
    reactor.add(first, a, IN, 10);
    reactor.add(first, b, IN, 11);
    reactor.add(second, c, IN | OUT, 0xffffffff);
    const batch = reactor.wait(undefined).sort((one, other) => one.fd - other.fd);
    assert.equal(batch, [
      { events: IN, fd: a, data: 10, subscriber: first.slot },
      { events: IN | OUT, fd: c, data: 0xffffffff, subscriber: second.slot },
    ]);
  });

  test('the kernel’s errno of a wait is told', ({ fixture }) => {
    fixture.onWait = () => EPERM;
    fails('errno', () => fixture.reactor.wait(NOW), EPERM);
  });

  test('a ghost is counted as stale, and leaves with the epoll instance', ({ fixture, kernel }) => {
    const { reactor } = fixture;
    const id = reactor.addSubscriber();
    const fd = kernel.eventFd(1);
    reactor.add(id, fd, IN, 1);
    kernel.duplicate(fd);
    kernel.close(fd);
    reactor.remove(id, fd);
    reactor.add(id, kernel.eventFd(1), IN, 2);
    for (let turn = 0; turn < 10; turn++) assert.equal(fixture.poll(), [2]);
    const { stale, rebuilds, gone } = reactor.metrics();
    assert.equal({ stale, rebuilds, gone }, { stale: 3n, rebuilds: 1n, gone: 1n });
  });

  test('a signal ends a wait, or not, as the options say', ({ fixture, kernel }) => {
    fixture.onWait = () => EINTR;
    assert.equal(fixture.reactor.wait(undefined), []);
    assert.is(fixture.waits.length, 1);
    const patient = new Fixture(kernel, { retryOnInterrupt: true });
    patient.onWait = () => (patient.waits.length < 3 ? EINTR : 0);
    const id = patient.reactor.addSubscriber();
    patient.reactor.add(id, kernel.eventFd(1), IN, 5);
    assert.equal(patient.reactor.wait(undefined).length, 1);
    assert.equal(
      patient.waits.map(({ timeout }) => timeout),
      [undefined, undefined, undefined],
    );
    patient.reactor.close();
  });

  test('an interrupted wait goes on for what is left of its time', ({ kernel }) => {
    const fixture = new Fixture(kernel, { retryOnInterrupt: true });
    fixture.onWait = () => {
      if (fixture.waits.length === 1) {
        pass(20n * MILLISECONDS);
        return EINTR;
      }
      return 0;
    };
    // Long enough for a busy machine to let some of it pass.
    assert.equal(fixture.reactor.wait(60_000n * MILLISECONDS), []);
    const [first, second] = fixture.waits.map(({ timeout }) => timeout!);
    assert.is(first, 60_000n * MILLISECONDS);
    assert.ok(second! <= 59_980n * MILLISECONDS, `${second} ns are left after 20 ms`);
    fixture.onWait = () => {
      pass(2n * MILLISECONDS);
      return EINTR;
    };
    const before = fixture.waits.length;
    assert.equal(fixture.reactor.wait(5n * MILLISECONDS), []);
    assert.ok(fixture.waits.length - before <= 3, 'it ends when its time is over');
    fixture.reactor.close();
  });

  test('a timeout that nothing ends brings an empty batch', ({ fixture }) => {
    const before = fixture.kernel.syscalls.clock();
    assert.equal(fixture.reactor.wait(20n * MILLISECONDS), []);
    assert.ok(fixture.kernel.syscalls.clock() - before >= 19e6);
    assert.is(fixture.waits[0]!.timeout, 20n * MILLISECONDS);
  });

  test('a batch that comes back full makes room for more, up to the maximum', ({ kernel }) => {
    const fixture = new Fixture(kernel, { capacity: 4, capacityMax: 10 });
    const id = fixture.reactor.addSubscriber();
    for (let index = 0; index < 20; index++) fixture.reactor.add(id, kernel.eventFd(1), IN, index);
    const sizes = Array.from({ length: 4 }, () => fixture.poll().length);
    assert.equal(sizes, [4, 8, 10, 10]);
    fixture.reactor.close();
  });

  test('two instances side by side know nothing of each other', ({ fixture, kernel }) => {
    const other = new Fixture(kernel);
    const fd = kernel.eventFd(1);
    fixture.reactor.add(fixture.reactor.addSubscriber(), fd, IN, 1);
    other.reactor.add(other.reactor.addSubscriber(), fd, IN, 2);
    assert.equal([fixture.poll(), other.poll()], [[1], [2]]);
    other.reactor.close();
    assert.equal(fixture.poll(), [1]);
  });

  test.run();
}

/** Lets time pass by the clock that the component asks. */
function pass(nanoseconds: bigint): void {
  const end = monotonicClock.now() + nanoseconds;
  while (monotonicClock.now() < end);
}
