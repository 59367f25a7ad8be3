import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventSet } from 'wasm-event-manager';
import { libc } from '../host/sys/calls.js';
import { ADD, EpollProbe, MOD } from './fixtures/epoll-probe.js';
import { RealKernel, SimulatedKernel, type TestKernel } from './fixtures/kernels.js';

// What the kinds of file tell epoll, pinned on this machine's kernel and on the simulated one.

const { IN, OUT, PRIORITY, READ_HANG_UP, EDGE_TRIGGERED: ET, EXCLUSIVE } = EventSet;
const [EBADF, EAGAIN, EINVAL, EPIPE, ECONNRESET] = [9, 11, 22, 32, 104];
const PAGE_SIZE = 4096;
const PIPE_SIZE = 16 * PAGE_SIZE;
const AF_INET = 2;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;

function tcpSocket(kernel: RealKernel | SimulatedKernel): number {
  const fd =
    kernel instanceof SimulatedKernel
      ? kernel.syscalls.socket()
      : libc.socket(AF_INET, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
  kernel.opened.add(fd);
  return fd;
}

/** Lets real time go by, or virtual time. */
function pass(kernel: TestKernel, milliseconds: number): void {
  if (kernel instanceof SimulatedKernel) kernel.syscalls.advance(milliseconds * 1e6);
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

for (const make of [() => new RealKernel(), () => new SimulatedKernel()]) {
  type Context = { kernel: RealKernel | SimulatedKernel; epoll: EpollProbe };
  const test = suite<Context>(`kernel facts of files: ${make().name}`);
  const bytes = (length: number) => new Uint8Array(length);

  test.before.each((state) => {
    state.kernel = make();
    state.epoll = new EpollProbe(state.kernel.syscalls);
  });
  test.after.each(({ kernel, epoll }) => {
    kernel.syscalls.close(epoll.fd);
    kernel.closeAll();
  });

  test('an epoll_event is packed on x86-64 only', ({ kernel }) => {
    const packed = process.arch === 'x64' || kernel instanceof SimulatedKernel;
    assert.is(kernel.syscalls.eventSize, packed ? 12 : 16);
  });

  test('an unconnected TCP socket is OUT and HUP at once', ({ kernel, epoll }) => {
    epoll.ctl(ADD, tcpSocket(kernel), IN | OUT, 1);
    assert.equal(epoll.wait(), ['1:OUT|HANG_UP']);
  });

  test('a file under two fds tells the newest registration first', ({ kernel, epoll }) => {
    const bell = kernel.eventfd();
    const dup = kernel.dup(bell);
    epoll.ctl(ADD, bell, IN, 1);
    epoll.ctl(ADD, dup, IN, 2);
    kernel.ring(bell);
    assert.equal(epoll.wait(), ['2:IN', '1:IN']);
  });

  test('and the EXCLUSIVE ones last, oldest first', ({ kernel, epoll }) => {
    const bell = kernel.eventfd();
    const [second, third] = [kernel.dup(bell), kernel.dup(bell)];
    epoll.ctl(ADD, bell, IN | EXCLUSIVE, 1);
    epoll.ctl(ADD, second, IN | EXCLUSIVE, 2);
    epoll.ctl(ADD, third, IN, 3);
    kernel.ring(bell);
    assert.equal(epoll.wait(), ['3:IN', '1:IN', '2:IN']);
  });

  test('ET: an eventfd written to again, by 0 too, notifies again', ({ kernel, epoll }) => {
    const bell = kernel.eventfd(1n);
    epoll.ctl(ADD, bell, IN | ET, 1);
    assert.equal(epoll.wait(), ['1:IN']);
    assert.equal(epoll.wait(), []);
    kernel.ring(bell, 0n);
    assert.equal(epoll.wait(), ['1:IN']);
  });

  test('a pipe has room again when a page was read to its end', ({ kernel, epoll }) => {
    const [reader, writer] = kernel.pipe();
    epoll.ctl(ADD, writer, OUT, 1);
    assert.is(kernel.write(writer, bytes(PIPE_SIZE - 1)), PIPE_SIZE - 1);
    assert.equal(epoll.wait(), [], 'not writable, though a byte fits');
    assert.is(kernel.write(writer, bytes(1)), 1);
    kernel.read(reader, PAGE_SIZE - 1);
    assert.equal(epoll.wait(), []);
    assert.is(kernel.write(writer, bytes(1)), -EAGAIN);
    kernel.read(reader, 1);
    assert.equal(epoll.wait(), ['1:OUT']);
    assert.is(kernel.write(writer, bytes(PAGE_SIZE + 1)), PAGE_SIZE, 'a part of it');
  });

  test('up to a page goes into a pipe in whole or not at all', ({ kernel }) => {
    const [, writer] = kernel.pipe();
    assert.is(kernel.write(writer, bytes(PIPE_SIZE - 100)), PIPE_SIZE - 100);
    assert.is(kernel.write(writer, bytes(101)), -EAGAIN);
    assert.is(kernel.write(writer, bytes(100)), 100);
  });

  test('the ends of a pipe: EBADF, EPIPE, and nothing for nothing', ({ kernel }) => {
    const [reader, writer] = kernel.pipe();
    assert.equal([kernel.read(writer, 1), kernel.write(reader, bytes(1))], [-EBADF, -EBADF]);
    assert.is(kernel.read(reader, 1), -EAGAIN);
    assert.equal(kernel.read(reader, 0), bytes(0));
    kernel.close(reader);
    assert.equal([kernel.write(writer, bytes(1)), kernel.write(writer, bytes(0))], [-EPIPE, 0]);
  });

  test('a peer that never read what it got leaves an error behind', ({ kernel, epoll }) => {
    const [one, other] = kernel.socketpair();
    epoll.ctl(ADD, one, IN | READ_HANG_UP, 1);
    kernel.write(one, bytes(4));
    kernel.close(other);
    assert.equal(epoll.wait(), ['1:IN|ERROR|HANG_UP|READ_HANG_UP']);
    assert.is(kernel.read(one, 4), -ECONNRESET);
    assert.equal(epoll.wait(), ['1:IN|HANG_UP|READ_HANG_UP']);
    assert.equal(kernel.read(one, 4), bytes(0));
    assert.is(kernel.write(one, bytes(1)), -EPIPE);
  });

  test('ET: a socket is told of room when a message was read to its end', ({ kernel, epoll }) => {
    const [one, other] = kernel.socketpair();
    epoll.ctl(ADD, one, OUT | ET, 1);
    assert.equal(epoll.wait(), ['1:OUT']);
    kernel.write(one, bytes(8));
    kernel.read(other, 4);
    assert.equal(epoll.wait(), []);
    kernel.read(other, 4);
    assert.equal(epoll.wait(), ['1:OUT']);
  });

  test('a full socket has no OUT until most of it was read', ({ kernel, epoll }) => {
    const [one, other] = kernel.socketpair();
    epoll.ctl(ADD, one, OUT, 1);
    while (kernel.write(one, bytes(PAGE_SIZE)) > 0);
    assert.is(kernel.write(one, bytes(1)), -EAGAIN);
    kernel.read(other, PAGE_SIZE);
    assert.equal(epoll.wait(), []);
    while (typeof kernel.read(other, PAGE_SIZE) !== 'number');
    assert.equal(epoll.wait(), ['1:OUT']);
  });

  test('ET: bytes that arrive wake who waits for PRIORITY, with OUT', ({ kernel, epoll }) => {
    const [one, other] = kernel.socketpair();
    epoll.ctl(ADD, one, PRIORITY | OUT | ET, 1);
    assert.equal(epoll.wait(), ['1:OUT']);
    kernel.write(other, bytes(1));
    assert.equal(epoll.wait(), ['1:OUT']);
  });

  test('ET: a periodic timer is silent until it was read', ({ kernel, epoll }) => {
    const timer = kernel.timerfd(1e6, 1e6);
    epoll.ctl(ADD, timer, IN | ET, 1);
    assert.equal(epoll.wait(64, 1_000), ['1:IN']);
    pass(kernel, 5);
    assert.equal(epoll.wait(), []);
    const count = kernel.readCounter(timer);
    assert.ok(count >= 5n, `it counts nonetheless: ${count}`);
    assert.equal(epoll.wait(64, 1_000), ['1:IN']);
  });

  test('counters take eight bytes', ({ kernel }) => {
    const bell = kernel.eventfd(1n);
    const timer = kernel.timerfd(0);
    assert.equal([kernel.read(bell, 7), kernel.write(bell, bytes(7))], [-EINVAL, -EINVAL]);
    assert.equal([kernel.read(timer, 7), kernel.write(timer, bytes(8))], [-EINVAL, -EINVAL]);
    assert.is(kernel.readCounter(timer), -EAGAIN);
  });

  test('ET: a nested instance tells what joins its line, not what stands in it', (state) => {
    const { kernel, epoll } = state;
    const inner = new EpollProbe(kernel.syscalls);
    kernel.opened.add(inner.fd);
    const bell = kernel.eventfd(1n);
    epoll.ctl(ADD, inner.fd, IN | ET, 1);
    inner.ctl(ADD, bell, IN, 2);
    assert.equal(epoll.wait(), ['1:IN']);
    inner.ctl(MOD, bell, IN, 3);
    assert.equal(epoll.wait(), [], 'a MOD of what is in line is no news');
    kernel.ring(bell);
    assert.equal(epoll.wait(), ['1:IN'], 'a write is');
    assert.equal(inner.wait(), ['3:IN']);
  });

  test('MOD moves nobody to the end of the line', ({ kernel, epoll }) => {
    const [first, second] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    epoll.ctl(ADD, first, IN, 1);
    epoll.ctl(ADD, second, IN, 2);
    epoll.ctl(MOD, first, IN, 3);
    assert.equal(epoll.wait(), ['3:IN', '2:IN']);
  });

  test.run();
}
