import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events, interest } from 'wasm-event-manager';
import { TcpListener, TcpStream } from 'wasm-event-manager/net';
import { MockEventOps, SimulatedSyscalls } from 'wasm-event-manager/testing';
import { withCode } from './fixtures/configurations.js';
import { LOCALHOST, runUntil } from './fixtures/sockets.js';

const { IN, OUT, EDGE_TRIGGERED } = EventSet;
const ENOTCONN = 107;
const EPIPE = 32;

test('an attachment tells whether it keeps the process alive, and not once it has ended', () => {
  const manager = new EventManager();
  const attachment = manager.attach();
  assert.is(attachment.hasRef(), true);
  assert.is(attachment.unref().hasRef(), false);
  assert.is(attachment.ref().hasRef(), true);
  manager.close();
  assert.equal([attachment.detached, attachment.hasRef()], [true, false]);
  assert.is(attachment.ref().hasRef(), false);
});

test('a registration tells whether it keeps the process alive', () => {
  using manager = new EventManager();
  using bell = new EventFd();
  const handle = () => {};
  const registration = interest().read().withFd(bell).withHandler(handle).registerInto(manager);
  assert.is(registration.hasRef(), true);
  assert.is(registration.unref().hasRef(), false);
  assert.is(registration.ref().hasRef(), true);
});

test('a stream tells whether it is paused', () => {
  using manager = new EventManager();
  const accepted: TcpStream[] = [];
  const options = { host: LOCALHOST };
  const listener = TcpListener.listen(manager, options, (stream) => {
    accepted.push(stream);
    return {};
  });
  const { port } = listener.address as { port: number };
  const stream = TcpStream.connect(manager, { host: LOCALHOST, port }, {});
  runUntil(manager, () => accepted.length === 1);
  assert.is(stream.paused, false);
  stream.pause();
  assert.is(stream.paused, true);
  stream.resume();
  assert.is(stream.paused, false);
  for (const each of [stream, accepted[0]!, listener]) each.close();
});

test('F100: a mock shares, pauses, changes flags and removes all, as the real one would', () => {
  const ops = new MockEventOps();
  ops.share(new Events(7, IN | OUT, 2));
  assert.throws(() => ops.share(new Events(7, IN)), withCode('ERR_FD_ALREADY_REGISTERED'));
  ops.removeFlags(7, OUT);
  assert.is(ops.interest(7), IN);
  ops.addFlags(7, EDGE_TRIGGERED);
  assert.is(ops.interest(7), (IN | EDGE_TRIGGERED) >>> 0);
  ops.removeFlags(7, IN);
  assert.is(ops.interest(7), EDGE_TRIGGERED >>> 0);
  assert.is(ops.isPaused(7), false);
  ops.pause(7);
  assert.is(ops.isPaused(7), true);
  ops.resume(7);
  assert.is(ops.isPaused(7), false);
  ops.addAll([new Events(8, IN), new Events(9, IN)]);
  ops.removeAll([8]);
  assert.equal(ops.registeredFds, [7, 9]);
  ops.removeAll();
  assert.equal(ops.registeredFds, []);
  for (const act of [() => ops.isPaused(7), () => ops.removeFlags(7, IN), () => ops.removeAll([7])])
    assert.throws(act, withCode('ERR_NOT_REGISTERED'));
  const shown = ops.calls.map(({ operation, fd, set }) => `${operation} ${fd} ${set ?? ''}`);
  assert.equal(shown.slice(0, 3), ['share 7 5', 'share 7 1', 'removeFlags 7 4']);
  assert.ok(shown.includes('removeAll -1 '));
});

test('simulated files answer as the kernel’s: regular ones, and sockets without a peer', () => {
  const kernel = new SimulatedSyscalls();
  const file = kernel.regularFile();
  const bytes = new Uint8Array(4);
  assert.equal([kernel.read(file, bytes), kernel.write(file, bytes)], [0, 4]);
  assert.is(kernel.unread(file), 0);
  const lonely = kernel.socket();
  assert.equal([kernel.read(lonely, bytes), kernel.write(lonely, bytes)], [-ENOTCONN, -EPIPE]);
  assert.is(kernel.unread(lonely), 0);
  const [one, other] = kernel.socketpair();
  kernel.write(one, bytes);
  kernel.write(one, bytes.subarray(1));
  assert.is(kernel.unread(other), 7);
  assert.is(kernel.read(other, bytes.subarray(0, 3)), 3);
  assert.is(kernel.unread(other), 4);
});

test.run();
