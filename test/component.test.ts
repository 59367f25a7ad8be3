import { readFileSync } from 'node:fs';
import { monotonicClock } from '@bytecodealliance/preview2-shim/clocks';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventSet } from 'wasm-event-manager';
import {
  componentFile,
  epollOver,
  loadComponent,
  type Reactor,
  type WaitRequest,
} from './component-host.js';
import { type ComponentKernel, kernels } from './component-kernels.js';

/** The component under jco, over each kernel: what wit/reactor.wit says of its functions. */

const { IN, OUT, ONE_SHOT, EXCLUSIVE, READ_HANG_UP } = EventSet;
const EPERM = 1;
const EINTR = 4;
const EBADF = 9;
const OPTIONS = { capacity: 16, capacityMax: 64, staleMax: 3, retryOnInterrupt: false };
const NOW = 0n;
const MILLISECONDS = 1_000_000n;

const instantiate = await loadComponent();

/** One open reactor over one kernel, with a record of the waits. */
class Fixture {
  readonly waits: WaitRequest[] = [];
  /** Called before each wait; an errno that it answers is what the wait fails with. */
  onWait: () => number = () => 0;
  readonly reactor: Reactor;
  readonly kernel: ComponentKernel;

  constructor(kernel: ComponentKernel, options: Partial<typeof OPTIONS> = {}) {
    this.kernel = kernel;
    const epoll = epollOver(kernel.syscalls, (request) => {
      this.waits.push(request);
      return this.onWait();
    });
    this.reactor = instantiate(epoll);
    this.reactor.open({ ...OPTIONS, ...options });
  }

  /** The data of what is ready now. */
  poll(): number[] {
    return this.reactor.wait(NOW).map(({ data }) => data);
  }
}

function fails(tag: string, call: () => unknown, errno?: number): void {
  try {
    call();
  } catch (error) {
    const expected = errno === undefined ? { tag } : { tag, val: errno };
    assert.equal({ ...(error as { payload: object }).payload }, expected);
    return;
  }
  assert.unreachable(`expected ${tag}`);
}

for (const create of kernels) {
  const test = suite<{ kernel: ComponentKernel; fixture: Fixture }>(`component, ${create.name}`);

  test.before.each((context) => {
    context.kernel = create();
    context.fixture = new Fixture(context.kernel);
  });
  test.after.each(({ kernel, fixture }) => {
    // Not there when the hook before failed, and what is thrown here uvu doesn't tell.
    fixture?.reactor.close();
    kernel?.closeAll();
  });

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

  test('the kernel’s errno of a wait is told', ({ fixture }) => {
    fixture.onWait = () => EPERM;
    fails('errno', () => fixture.reactor.wait(NOW), EPERM);
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
    assert.equal(fixture.reactor.wait(50n * MILLISECONDS), []);
    const [first, second] = fixture.waits.map(({ timeout }) => timeout!);
    assert.is(first, 50n * MILLISECONDS);
    assert.ok(second! <= 30n * MILLISECONDS, `${second} ns are left after 20 of 50 ms`);
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

const limits = suite('component');

limits('holds 1000 registrations, and stays small', () => {
  assert.ok(readFileSync(componentFile).length < 16_384);
});

limits.run();

/** Lets time pass by the clock that the component asks. */
function pass(nanoseconds: bigint): void {
  const end = monotonicClock.now() + nanoseconds;
  while (monotonicClock.now() < end);
}
