import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventSet } from 'wasm-event-manager';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { ADD, DEL, EpollProbe, MOD } from './fixtures/epoll-probe.js';

// What the kernel in memory has of its own: time, faults, a log. What it has in common with
// Linux is held by kernel-facts*.test.ts.

const { IN, OUT } = EventSet;
const [EPERM, EINTR, EIO, EBADF, EAGAIN, ENOMEM] = [1, 4, 5, 9, 11, 12];
const [EFAULT, EINVAL, EMFILE, EDEADLK, ENOTSOCK] = [14, 22, 24, 35, 88];
const FOREVER = -1;

function setting(options = {}) {
  const kernel = new SimulatedSyscalls(options);
  return { kernel, epoll: new EpollProbe(kernel) };
}

function read(kernel: SimulatedSyscalls, fd: number): bigint | number {
  const bytes = new Uint8Array(8);
  const result = kernel.read(fd, bytes);
  return result < 0 ? result : new DataView(bytes.buffer).getBigUint64(0, true);
}

test('numbers start at `firstFd`, and the lowest free one is the next', () => {
  const kernel = new SimulatedSyscalls({ firstFd: 10 });
  assert.equal([kernel.eventfd(), ...kernel.pipe(), kernel.timerfd()], [10, 11, 12, 13]);
  kernel.close(13);
  kernel.close(11);
  assert.equal([kernel.create(), ...kernel.socketpair()], [11, 13, 14]);
  assert.equal(kernel.openFds(), [10, 11, 12, 13, 14]);
});

test('EMFILE at `maxFds`, and a pair that does not fit leaves nothing open', () => {
  const kernel = new SimulatedSyscalls({ maxFds: 2 });
  const bell = kernel.eventfd();
  assert.equal(kernel.pipe(), [-EMFILE, -EMFILE]);
  assert.equal(kernel.socketpair(), [-EMFILE, -EMFILE]);
  assert.equal(kernel.openFds(), [bell]);
  kernel.dup(bell);
  assert.equal([kernel.dup(bell), kernel.create(), kernel.timerfd()], [-EMFILE, -EMFILE, -EMFILE]);
  kernel.close(bell);
  assert.is(kernel.eventfd(), bell);
});

test('what is no fd, or none of the kind, is told', () => {
  const kernel = new SimulatedSyscalls();
  const bell = kernel.eventfd();
  const byte = new Uint8Array(1);
  assert.equal([kernel.dup(99), kernel.close(99), kernel.ring(99)], [-EBADF, -EBADF, -EBADF]);
  assert.equal([kernel.read(99, byte), kernel.write(99, byte)], [-EBADF, -EBADF]);
  assert.equal([kernel.shutdown(99, 'both'), kernel.shutdown(bell, 'both')], [-EBADF, -ENOTSOCK]);
  const setting = { afterNs: 1 };
  assert.equal([kernel.setTimer(99, setting), kernel.setTimer(bell, setting)], [-EBADF, -EINVAL]);
  assert.is(kernel.setTimer(kernel.timerfd(), { afterNs: -1 }), -EINVAL);
  assert.equal([kernel.eventfd(-1), kernel.eventfd(2n ** 64n - 1n)], [-EINVAL, -EINVAL]);
  const memory = { bytes: new Uint8Array(64) };
  assert.is(kernel.wait(99, memory, 0, 1, 0), -EBADF);
  assert.is(kernel.wait(bell, memory, 0, 1, 0), -EINVAL);
  assert.is(kernel.wait(kernel.create(), memory, 0, 1, Number.NaN), -EINVAL);
});

test('events are laid out in 12 bytes or in 16, behind the offset', () => {
  for (const eventSize of [12, 16] as const) {
    const kernel = new SimulatedSyscalls({ eventSize });
    const epfd = kernel.create();
    kernel.ctl(epfd, ADD, kernel.eventfd(1), IN, 0xffff_fffe, 0xffff_ffff);
    const words = new Uint32Array(8);
    const bytes = new Uint8Array(words.buffer);
    assert.is(kernel.wait(epfd, { bytes }, 4, 1, 0), 1);
    const [events, slot, generation] = eventSize === 12 ? [1, 2, 3] : [1, 3, 4];
    assert.equal(
      [words[events], words[slot], words[generation]],
      [IN as number, 0xffff_fffe, 0xffff_ffff],
    );
    assert.is(kernel.wait(epfd, { bytes: bytes.subarray(0, 10) }, 0, 1, 0), -EFAULT);
  }
});

test('time moves by `advance` and by waits, and by nothing else', () => {
  const { kernel, epoll } = setting();
  kernel.eventfd();
  assert.is(kernel.clock(), 0);
  kernel.advance(1.5e6);
  assert.equal(epoll.wait(1, 0.25), []);
  assert.is(kernel.clock(), 1.75e6);
  assert.equal(epoll.wait(1, 0), []);
  assert.is(kernel.clock(), 1.75e6);
});

test('a wait moves time to the next timer, and not to its deadline', () => {
  const { kernel, epoll } = setting();
  const timer = kernel.timerfd();
  kernel.setTimer(timer, { afterNs: 2e6, everyNs: 3e6 });
  epoll.ctl(ADD, timer, IN, 1);
  assert.equal([epoll.wait(1, 100), kernel.clock()], [['1:IN'], 2e6]);
  assert.is(read(kernel, timer), 1n);
  assert.equal([epoll.wait(1, 100), kernel.clock()], [['1:IN'], 5e6]);
  kernel.advance(7e6);
  assert.is(read(kernel, timer), 3n);
  kernel.setTimer(timer, { afterNs: 0 });
  assert.equal([epoll.wait(1, 8), kernel.clock()], [[], 20e6]);
});

test('a wait that nothing can end answers EDEADLK', () => {
  const { kernel, epoll } = setting();
  epoll.ctl(ADD, kernel.eventfd(), IN, 1);
  assert.is(epoll.wait(1, FOREVER), -EDEADLK);
  assert.is(epoll.wait(1, Number.POSITIVE_INFINITY), -EDEADLK);
  // A periodic timer that nobody watches ends nothing either.
  kernel.setTimer(kernel.timerfd(), { afterNs: 1, everyNs: 1 });
  assert.is(epoll.wait(1, FOREVER), -EDEADLK);
});

test('what is scheduled happens in order of time, and then of asking', () => {
  const { kernel, epoll } = setting();
  const bell = kernel.eventfd();
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name} ${kernel.clock()}`);
  epoll.ctl(ADD, bell, IN, 1);
  kernel.schedule(20, note('third'));
  kernel.schedule(10, note('first'));
  kernel.schedule(10, () => kernel.schedule(10, note('fourth')));
  kernel.schedule(10, note('second'));
  kernel.schedule(20, () => kernel.ring(bell));
  assert.equal(epoll.wait(1, FOREVER), ['1:IN']);
  assert.equal(seen, ['first 10', 'second 10', 'third 20', 'fourth 20']);
});

test('an action that schedules itself for ever is an error, and not a hang', () => {
  const { kernel, epoll } = setting();
  const again = (afterNs: number) => {
    const action = () => kernel.schedule(afterNs, action);
    return action;
  };
  kernel.schedule(0, again(0));
  assert.throws(() => kernel.advance(0), /scheduling itself/);
  const other = setting();
  const beat = (): void => other.kernel.schedule(1, beat);
  beat();
  assert.throws(() => other.epoll.wait(1, FOREVER), /scheduling itself/);
  assert.ok(epoll.fd >= 0);
});

test('lengths of time are finite, and not negative', () => {
  const kernel = new SimulatedSyscalls();
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => kernel.advance(wrong), /nanoseconds must be zero or more/);
    assert.throws(() => kernel.schedule(wrong, () => {}), /afterNs must be zero or more/);
    assert.throws(() => kernel.interruptAfter(wrong), /zero or more/);
  }
});

test('interrupt: the next waits that would block, and no others, answer EINTR', () => {
  const { kernel, epoll } = setting();
  const bell = kernel.eventfd(1);
  epoll.ctl(ADD, bell, IN, 1);
  kernel.interrupt(2);
  assert.equal(epoll.wait(1, 5), ['1:IN'], 'what is ready comes first');
  read(kernel, bell);
  assert.equal(epoll.wait(1, 0), [], 'a poll does not block');
  assert.equal([epoll.wait(1, 5), epoll.wait(1, FOREVER)], [-EINTR, -EINTR]);
  assert.is(kernel.clock(), 0);
  assert.equal(epoll.wait(1, 5), []);
});

test('interruptAfter: the wait that is blocked by then answers EINTR, no later one', () => {
  const { kernel, epoll } = setting();
  kernel.interruptAfter(3e6);
  assert.equal([epoll.wait(1, 5), kernel.clock()], [-EINTR, 3e6]);
  kernel.interruptAfter(3e6);
  kernel.advance(4e6);
  assert.equal(epoll.wait(1, 5), []);
  kernel.interruptAfter(5e6);
  assert.equal(epoll.wait(1, 5), [], 'time was up at the same moment');
  assert.equal(epoll.wait(1, 5), []);
});

test('fail: so many calls, after so many, of one fd, of one operation', () => {
  const { kernel, epoll } = setting();
  const [bell, other] = [kernel.eventfd(), kernel.eventfd()];
  kernel.fail('ctl', ENOMEM, { fd: other });
  assert.equal([epoll.ctl(ADD, bell, IN), epoll.ctl(ADD, other, IN)], [0, -ENOMEM]);
  kernel.fail('ctl', EPERM, { operation: MOD, times: 2 });
  assert.equal([epoll.ctl(ADD, other), epoll.ctl(MOD, bell), epoll.ctl(MOD, other)], [0, -1, -1]);
  assert.is(epoll.ctl(MOD, bell, IN), 0);
  kernel.fail('ctl', ENOMEM, { after: 2 });
  kernel.fail('ctl', EPERM);
  const four = [0, 1, 2, 3].map(() => epoll.ctl(MOD, bell, OUT));
  assert.equal(four, [-EPERM, 0, -ENOMEM, 0], 'one that waits does not hold up another');
  kernel.fail('wait', EINVAL, { times: Number.POSITIVE_INFINITY });
  assert.equal([epoll.wait(), epoll.wait(), epoll.wait()], [-EINVAL, -EINVAL, -EINVAL]);
});

test('fail: a call that fails does nothing, but close closes as in Linux', () => {
  const kernel = new SimulatedSyscalls();
  const bell = kernel.eventfd(5);
  kernel.fail('create', EMFILE);
  kernel.fail('read', EIO);
  kernel.fail('write', EAGAIN);
  const results = [kernel.create(), read(kernel, bell), kernel.write(bell, new Uint8Array(8))];
  assert.equal(results, [-EMFILE, -EIO, -EAGAIN]);
  assert.is(read(kernel, bell), 5n);
  kernel.fail('close', EBADF);
  assert.equal([kernel.close(bell), kernel.openFds()], [-EBADF, [bell]]);
  kernel.fail('close', EIO);
  assert.equal([kernel.close(bell), kernel.openFds()], [-EIO, []]);
});

test('fail: an error is thrown, and wrong arguments are refused', () => {
  const kernel = new SimulatedSyscalls();
  kernel.fail('create', new Error('broken host'));
  assert.throws(() => kernel.create(), /broken host/);
  assert.ok(kernel.create() >= 0);
  assert.throws(() => kernel.fail('ctl', -1), /errno must be a positive integer/);
  assert.throws(() => kernel.fail('ctl', 5, { times: 0 }), /times must be/);
  assert.throws(() => kernel.fail('ctl', 5, { after: -1 }), /after must be/);
});

test('the log has each system call with its result, and can be emptied', () => {
  const { kernel, epoll } = setting();
  const bell = kernel.eventfd(1);
  kernel.calls.length = 0;
  epoll.ctl(ADD, bell, IN, 5);
  epoll.wait(4, 0.5);
  kernel.fail('ctl', EPERM);
  epoll.ctl(DEL, bell);
  kernel.ring(bell);
  kernel.clock();
  assert.equal(kernel.calls, [
    { name: 'ctl', args: [epoll.fd, ADD, bell, IN, 5, 7], result: 0 },
    { name: 'wait', args: [epoll.fd, 4, 0.5], result: 1 },
    { name: 'ctl', args: [epoll.fd, DEL, bell, 0, bell, 7], result: -EPERM },
  ]);
});

test('what was written stays as it was, whatever becomes of the buffer', () => {
  const kernel = new SimulatedSyscalls();
  for (const [reader, writer] of [kernel.pipe(), kernel.socketpair()]) {
    const buffer = Buffer.from('kept');
    kernel.write(writer, buffer);
    buffer.fill(0);
    const bytes = Buffer.alloc(3);
    assert.equal([kernel.read(reader, bytes), bytes.toString()], [3, 'kep']);
    assert.equal([kernel.read(reader, bytes), bytes.toString()], [1, 'tep']);
  }
});

test.run();
