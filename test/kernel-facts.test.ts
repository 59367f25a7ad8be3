import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventSet, MAX_READY_EVENTS } from 'wasm-event-manager';
import { RealKernel, SimulatedKernel, type TestKernel } from './fixtures/kernels.js';

// What the tables rely on, pinned on this machine's kernel and on the simulated one alike.

const { IN, OUT, PRIORITY, READ_HANG_UP, EDGE_TRIGGERED, ONE_SHOT, EXCLUSIVE } = EventSet;
const [ADD, DEL, MOD] = [1, 2, 3];
const [EPERM, ENOENT, EBADF, EAGAIN, EEXIST, EINVAL, ELOOP] = [1, 2, 9, 11, 17, 22, 40];
const ET = EDGE_TRIGGERED;

/** An epoll instance and what it says, as 'slot:events'. */
class Epoll {
  readonly fd: number;
  readonly #kernel: TestKernel;
  readonly #bytes = new Uint8Array(4096);

  constructor(kernel: TestKernel) {
    this.#kernel = kernel;
    this.fd = kernel.syscalls.create();
    assert.ok(this.fd >= 0);
  }

  ctl(operation: number, fd: number, interest = 0, slot = fd): number {
    return this.#kernel.syscalls.ctl(this.fd, operation, fd, interest >>> 0, slot, 7);
  }

  wait(most = 64, timeoutMs = 0): string[] {
    const { eventSize } = this.#kernel.syscalls;
    const count = this.#kernel.syscalls.wait(this.fd, { bytes: this.#bytes }, 0, most, timeoutMs);
    assert.ok(count >= 0, `errno ${-count}`);
    const view = new DataView(this.#bytes.buffer);
    return Array.from({ length: count }, (_, i) => {
      const at = i * eventSize;
      assert.is(view.getUint32(at + eventSize - 4, true), 7);
      const slot = view.getUint32(at + eventSize - 8, true);
      return `${slot}:${EventSet.format(view.getUint32(at, true))}`;
    });
  }

  waitStatus(most: number): number {
    return this.#kernel.syscalls.wait(this.fd, { bytes: this.#bytes }, 0, most, 0);
  }
}

const kernels = [
  () => new RealKernel(),
  () => new SimulatedKernel(12),
  () => new SimulatedKernel(16),
];

for (const make of kernels) {
  const test = suite<{ kernel: TestKernel; epoll: Epoll }>(`kernel facts: ${make().name}`);

  test.before.each((state) => {
    state.kernel = make();
    state.epoll = new Epoll(state.kernel);
  });
  test.after.each(({ kernel, epoll }) => {
    kernel.syscalls.close(epoll.fd);
    kernel.closeAll();
  });

  test('close without DEL, no dup: the registration vanishes, and ADD succeeds again', (state) => {
    const { kernel, epoll } = state;
    const fd = kernel.eventfd(1n);
    assert.is(epoll.ctl(ADD, fd, IN, 1), 0);
    kernel.close(fd);
    assert.equal(epoll.wait(), []);
    const again = kernel.eventfd(1n);
    assert.is(again, fd);
    assert.is(epoll.ctl(ADD, again, IN, 2), 0);
    assert.equal(epoll.wait(), ['2:IN']);
  });

  test('close without DEL, dup alive: a ghost, which nobody can delete', ({ kernel, epoll }) => {
    const fd = kernel.eventfd(1n);
    const dup = kernel.dup(fd);
    epoll.ctl(ADD, fd, IN, 1);
    kernel.close(fd);
    assert.equal(epoll.wait(), ['1:IN']);
    assert.is(epoll.ctl(DEL, fd), -EBADF);
    assert.is(epoll.ctl(DEL, dup), -ENOENT);
    const other = kernel.eventfd(1n);
    assert.is(other, fd);
    assert.is(epoll.ctl(ADD, other, IN, 2), 0);
    assert.equal(epoll.wait().sort(), ['1:IN', '2:IN']);
    kernel.close(dup);
    assert.equal(epoll.wait(), ['2:IN']);
  });

  test('a dup added separately gives two events', ({ kernel, epoll }) => {
    const fd = kernel.eventfd(1n);
    const dup = kernel.dup(fd);
    epoll.ctl(ADD, fd, IN, 1);
    epoll.ctl(ADD, dup, IN, 2);
    assert.equal(epoll.wait().sort(), ['1:IN', '2:IN']);
  });

  test('ERR comes unasked to a pipe writer whose reader closed', ({ kernel, epoll }) => {
    const [reader, writer] = kernel.pipe();
    epoll.ctl(ADD, writer, 0, 1);
    assert.equal(epoll.wait(), []);
    kernel.close(reader);
    assert.equal(epoll.wait(), ['1:ERROR']);
  });

  test('HUP comes unasked to a pipe reader at every wait', ({ kernel, epoll }) => {
    const [reader, writer] = kernel.pipe();
    epoll.ctl(ADD, reader, IN, 1);
    kernel.close(writer);
    for (let i = 0; i < 3; i += 1) assert.equal(epoll.wait(), ['1:HANG_UP']);
  });

  test('RDHUP is reported only when asked for', ({ kernel, epoll }) => {
    const [one, other] = kernel.socketpair();
    epoll.ctl(ADD, one, 0, 1);
    kernel.shutdown(other, 'write');
    assert.equal(epoll.wait(), []);
    epoll.ctl(MOD, one, READ_HANG_UP, 1);
    assert.equal(epoll.wait(), ['1:READ_HANG_UP']);
  });

  test('a closed peer: HUP, and RDHUP if asked', ({ kernel, epoll }) => {
    const [one, other] = kernel.socketpair();
    epoll.ctl(ADD, one, 0, 1);
    kernel.close(other);
    assert.equal(epoll.wait(), ['1:HANG_UP']);
    epoll.ctl(MOD, one, READ_HANG_UP, 1);
    assert.equal(epoll.wait(), ['1:HANG_UP|READ_HANG_UP']);
  });

  test('ONESHOT: one event, then disabled but still there', ({ kernel, epoll }) => {
    const [reader, writer] = kernel.pipe();
    kernel.write(writer, new Uint8Array(1));
    epoll.ctl(ADD, reader, IN | ONE_SHOT, 1);
    assert.equal(epoll.wait(), ['1:IN']);
    kernel.close(writer);
    assert.equal(epoll.wait(), []);
    assert.is(epoll.ctl(ADD, reader, IN), -EEXIST);
    epoll.ctl(MOD, reader, IN | ONE_SHOT, 2);
    assert.equal(epoll.wait(), ['2:IN|HANG_UP']);
  });

  test('ET: quiet until something new, or MOD', ({ kernel, epoll }) => {
    const [reader, writer] = kernel.pipe();
    epoll.ctl(ADD, reader, IN | ET, 1);
    kernel.write(writer, new Uint8Array(8));
    assert.equal(epoll.wait(), ['1:IN']);
    assert.equal(epoll.wait(), []);
    kernel.write(writer, new Uint8Array(8));
    assert.equal(epoll.wait(), ['1:IN'], 'new data notifies again without a read');
    kernel.read(reader, 4);
    assert.equal(epoll.wait(), [], 'a partial read with nothing new is silent');
    epoll.ctl(MOD, reader, IN | ET, 1);
    assert.equal(epoll.wait(), ['1:IN'], 'MOD re-triggers when still ready');
  });

  test('ADD refuses what it must', ({ kernel, epoll }) => {
    assert.is(epoll.ctl(ADD, kernel.regularFile(), IN), -EPERM);
    assert.is(epoll.ctl(ADD, 29_999, IN), -EBADF);
    assert.is(epoll.ctl(ADD, epoll.fd, IN), -EINVAL);
    const fd = kernel.eventfd();
    assert.is(epoll.ctl(MOD, fd, IN), -ENOENT);
    assert.is(epoll.ctl(DEL, fd), -ENOENT);
    epoll.ctl(ADD, fd, IN);
    assert.is(epoll.ctl(ADD, fd, IN), -EEXIST);
  });

  test('epoll instances nest five deep, and in no circle', ({ kernel }) => {
    const nest = Array.from({ length: 6 }, () => new Epoll(kernel));
    for (let i = 0; i < 4; i += 1) assert.is(nest[i]!.ctl(ADD, nest[i + 1]!.fd, IN), 0);
    assert.is(nest[4]!.ctl(ADD, nest[5]!.fd, IN), -ELOOP);
    assert.is(nest[2]!.ctl(ADD, nest[0]!.fd, IN), -ELOOP);
    const bell = kernel.eventfd();
    nest[4]!.ctl(ADD, bell, IN);
    assert.equal(nest[0]!.wait(), []);
    kernel.ring(bell);
    assert.equal(nest[0]!.wait(), [`${nest[1]!.fd}:IN`]);
    for (const { fd } of nest) kernel.syscalls.close(fd);
  });

  test('EXCLUSIVE takes no RDHUP, PRI, ONESHOT, MOD or epoll fd', ({ kernel, epoll }) => {
    const fd = kernel.eventfd();
    for (const flag of [READ_HANG_UP, PRIORITY, ONE_SHOT]) {
      assert.is(epoll.ctl(ADD, fd, IN | EXCLUSIVE | flag), -EINVAL);
    }
    const inner = new Epoll(kernel);
    assert.is(epoll.ctl(ADD, inner.fd, IN | EXCLUSIVE), -EINVAL);
    kernel.syscalls.close(inner.fd);
    assert.is(epoll.ctl(ADD, fd, IN | ET | EXCLUSIVE), 0);
    assert.is(epoll.ctl(MOD, fd, IN), -EINVAL);
    assert.is(epoll.ctl(MOD, fd, IN | EXCLUSIVE), -EINVAL);
    assert.is(epoll.ctl(MOD, kernel.eventfd(), IN), -ENOENT);
  });

  test('maxevents is at least 1, and at most INT_MAX bytes', ({ kernel, epoll }) => {
    assert.is(epoll.waitStatus(0), -EINVAL);
    assert.is(epoll.waitStatus(-1), -EINVAL);
    const most = Math.floor((2 ** 31 - 1) / kernel.syscalls.eventSize);
    assert.is(epoll.waitStatus(most), 0);
    assert.is(epoll.waitStatus(most + 1), -EINVAL);
    if (kernel.name === 'real kernel') assert.is(MAX_READY_EVENTS, most);
  });

  test('10 ready, level, four at a time: the kernel rotates', ({ kernel, epoll }) => {
    for (let i = 0; i < 10; i += 1) epoll.ctl(ADD, kernel.eventfd(1n), IN, i);
    const digits = () =>
      epoll
        .wait(4)
        .map((event) => event.split(':')[0])
        .join('');
    assert.equal([digits(), digits(), digits()], ['0123', '4567', '8901']);
  });

  test('an eventfd counts to 2⁶⁴−2', ({ kernel, epoll }) => {
    const fd = kernel.eventfd();
    epoll.ctl(ADD, fd, IN | OUT, 1);
    assert.is(kernel.ring(fd, 0n), 0);
    assert.equal(epoll.wait(), ['1:OUT']);
    assert.is(kernel.ring(fd, 2n ** 64n - 1n), -EINVAL);
    assert.is(kernel.ring(fd, 2n ** 64n - 2n), 0);
    assert.equal(epoll.wait(), ['1:IN']);
    assert.is(kernel.ring(fd), -EAGAIN);
    assert.is(kernel.readCounter(fd), 2n ** 64n - 2n);
    assert.is(kernel.readCounter(fd), -EAGAIN);
  });

  test('a semaphore gives one at a time', ({ kernel }) => {
    const fd = kernel.eventfd(2n, true);
    assert.equal([kernel.readCounter(fd), kernel.readCounter(fd)], [1n, 1n]);
    assert.is(kernel.readCounter(fd), -EAGAIN);
  });

  test('a timer is readable once it has expired, and counts', ({ kernel, epoll }) => {
    // Long enough to look before, on a busy machine too.
    const fd = kernel.timerfd(200e6, 1e6);
    epoll.ctl(ADD, fd, IN, 1);
    assert.equal(epoll.wait(), []);
    assert.equal(epoll.wait(64, 1_000), ['1:IN']);
    assert.ok(kernel.readCounter(fd) >= 1n);
  });

  test('a wait takes fractions of a millisecond', ({ kernel, epoll }) => {
    const began = kernel.syscalls.clock();
    assert.equal(epoll.wait(64, 0.3), []);
    assert.ok(kernel.syscalls.clock() - began >= 0.3e6);
  });

  test.run();
}
