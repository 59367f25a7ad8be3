import { closeSync, openSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { TcpListener, TcpStream, UnixListener, UnixStream } from 'wasm-event-manager/net';
import { withCode } from './fixtures/configurations.js';
import { runProgram } from './fixtures/program.js';
import { LOCALHOST, listening, openFds, runUntil } from './fixtures/sockets.js';

const hasErrno = (errno: number) => (error: { errno: number }) => error.errno === -errno;
const accept = () => ({});

test('addresses, ports and paths are checked before a socket is made', () => {
  using manager = new EventManager();
  const before = openFds();
  for (const port of [0, -1, 65_536, 1.5, '80', undefined]) {
    assert.throws(() => TcpStream.connect(manager, { port: port as never }), `port ${port}`);
  }
  const connect = (options: object) => () => TcpStream.connect(manager, { port: 1, ...options });
  assert.throws(connect({ host: 7 }), TypeError);
  assert.throws(connect({ host: 'name', resolver: 'other' }), TypeError);
  assert.throws(connect({ highWaterMark: 0 }), RangeError);
  assert.throws(connect({ readBudget: -1 }), RangeError);
  assert.throws(() => TcpStream.connect(manager, { port: 1 }, null as never), TypeError);
  const listen = (options: object) => () => TcpListener.listen(manager, options, accept);
  assert.throws(listen({ port: -1 }), RangeError);
  assert.throws(listen({ backlog: -1 }), RangeError);
  assert.throws(listen({ host: 7 }), TypeError);
  assert.throws(() => TcpListener.listen(manager, {}, 7 as never), TypeError);
  const unix = (path: unknown) => () => UnixStream.connect(manager, { path: path as string });
  assert.throws(unix(''), RangeError);
  assert.throws(unix('x'.repeat(108)), RangeError);
  assert.throws(unix(7), TypeError);
  assert.is(openFds(), before);
});

test('what the system refuses is an error with its errno, and leaves no fd', () => {
  using manager = new EventManager();
  const { listener, port } = listening(manager);
  const before = openFds();
  const listen = (options: object) => () => TcpListener.listen(manager, options, accept);
  assert.throws(listen({ host: LOCALHOST, port }), hasErrno(98));
  assert.throws(listen({ host: '192.0.2.1' }), hasErrno(99));
  const unix = (path: string) => () => UnixListener.listen(manager, { path }, accept);
  assert.throws(unix('/no/such/folder/socket'), hasErrno(2));
  assert.throws(unix('/etc/hostname'), hasErrno(98));
  assert.is(openFds(), before);
  const errors: unknown[] = [];
  const stream = UnixStream.connect(
    manager,
    { path: '/no/such/socket' },
    { onError: (error) => errors.push(error.errno) },
  );
  runUntil(manager, () => stream.closed);
  assert.equal(errors, [-2]);
  listener.close();
});

test('S11: a regular file, a bad fd and what is no socket can not be adopted', () => {
  using manager = new EventManager();
  const file = openSync('/etc/hostname', 'r');
  const adopt = (source: unknown) => () => TcpStream.adopt(manager, source as number);
  assert.throws(adopt(-1), RangeError);
  assert.throws(adopt('7'), TypeError);
  assert.throws(adopt(1_000_000), hasErrno(9));
  assert.throws(adopt(file), withCode('ERR_NOT_POLLABLE'));
  // It is still the user's, as all that fails to be adopted.
  closeSync(file);
  using bell = new EventFd();
  const id = manager.addSubscriber({
    init: (ops) => ops.add(new Events(bell, EventSet.IN)),
    process: () => {},
  });
  assert.throws(adopt(bell), withCode('ERR_FD_ALREADY_REGISTERED'));
  bell.write();
  assert.is(manager.run(), 1);
  manager.removeSubscriber(id);
});

test('a stream that has ended, failed or closed takes nothing more, and says so', () => {
  using manager = new EventManager();
  const [one, other] = UnixStream.pair(manager, {}, {}, { allowHalfOpen: true });
  assert.throws(() => one.write(7 as never), TypeError);
  one.end();
  assert.throws(() => one.write('x'), withCode('ERR_CLOSED'));
  one.end();
  one.close();
  one.close();
  assert.is(one.write('x'), false);
  one.end('x');
  one.reset();
  one.pause().resume();
  const { port, accepted } = listening(manager);
  const stream = TcpStream.connect(manager, { port });
  runUntil(manager, () => accepted.length === 1);
  stream.close();
  assert.throws(() => stream.localAddress, withCode('ERR_CLOSED'));
  assert.throws(() => stream.setNoDelay(), withCode('ERR_CLOSED'));
  other.close();
});

test('S53: without a fd left, who connects is turned away, told of once, and counted', () => {
  const { stdout, stderr } = runProgram(`
    import { openSync, closeSync } from 'node:fs';
    import { EventManager } from ${JSON.stringify(import.meta.resolve('wasm-event-manager'))};
    import { TcpListener, TcpStream } from ${JSON.stringify(
      import.meta.resolve('wasm-event-manager/net'),
    )};
    const manager = new EventManager();
    const told = [];
    let accepted = 0;
    const options = { host: '127.0.0.1', onError: (error) => told.push(error) };
    const listener = TcpListener.listen(manager, options, () => { accepted += 1; return {}; });
    const { port } = listener.address;
    const connect = () => TcpStream.connect(manager, { port }, { onError: () => {} });
    const [first, second] = [connect(), connect()];
    const taken = [];
    try { for (;;) taken.push(openSync('/dev/null')); } catch {}
    for (let i = 0; i < 20 && !(first.closed && second.closed); i += 1) manager.runWithTimeout(100);
    const closed = [first.closed, second.closed];
    console.log(told.map(({ code }) => code), accepted, listener.refused, ...closed);
    for (const fd of taken) closeSync(fd);
    connect();
    for (let i = 0; i < 20 && accepted === 0; i += 1) manager.runWithTimeout(100);
    console.log(accepted, told.length, told.at(-1).code, told.at(-1).message);
    manager.close();`);
  const told = '1 2 ERR_RECOVERED accept4 failed 2 times in a row (accept4 EMFILE)';
  assert.is(stdout, `[ 'EMFILE' ] 0 2 true true\n${told}\n`, stderr);
});

test.run();
