import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, pipe } from 'wasm-event-manager';
import {
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixListener,
  UnixStream,
} from 'wasm-event-manager/net';
import { withCode } from './fixtures/configurations.js';
import { LOCALHOST, listening, openFds, runIdle, runUntil } from './fixtures/sockets.js';

const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
const library = koffi.load(null);
const libc = {
  dup: library.func('int dup(int)') as (fd: number) => number,
  socketpair: library.func('int socketpair(int, int, int, _Out_ int *)') as (
    ...args: unknown[]
  ) => number,
};
const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;

function socketPair(type: number): number[] {
  const fds = [0, 0];
  assert.is(libc.socketpair(AF_UNIX, type, 0, fds), 0);
  return fds;
}

const folder = mkdtempSync(join(tmpdir(), 'net-half-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'socket');

/** Runs `body` with exactly so many numbers left below the limit of the process. */
function withFdsLeft(left: number, taken: number[], body: () => void): void {
  for (let i = 0; i < left; i += 1) closeSync(taken.pop()!);
  try {
    body();
  } finally {
    for (let i = 0; i < left; i += 1) taken.push(openSync('/dev/null', 'r'));
  }
}

/** Every number that there is. */
function takeAllFds(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    return taken;
  }
}

const makers: Record<string, (manager: EventManager) => { close(): void }[]> = {
  'TcpListener.listen': (manager) => [TcpListener.listen(manager, { host: LOCALHOST }, () => ({}))],
  'UnixListener.listen': (manager) => [UnixListener.listen(manager, { path }, () => ({}))],
  'TcpStream.connect': (manager) => [TcpStream.connect(manager, { port: 9 }, silent)],
  'UnixStream.connect': (manager) => [UnixStream.connect(manager, { path: '/none' }, silent)],
  'UnixStream.pair': (manager) => UnixStream.pair(manager, silent, silent),
  'UdpSocket.open': (manager) => [UdpSocket.open(manager, { host: LOCALHOST }, silent)],
};
let closes = 0;
const silent = {
  onError: () => {},
  onClose: () => {
    closes += 1;
  },
};

const limited = process.argv[2] === 'limited';

// `ulimit -n 64` is the shell's: this file runs itself there.
if (!limited) {
  test('S44 with k fds left, each of them fails whole, for k = 0, 1, 2, …', () => {
    const { stdout, stderr, status } = spawnSync(
      '/bin/sh',
      ['-c', 'ulimit -n 64; exec "$0" "$1" limited', process.execPath, process.argv[1]!],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.is(status, 0, stdout + stderr);
    assert.not.match(stderr, /FdLeak/);
  });
} else {
  for (const [name, make] of Object.entries(makers)) {
    test(`S44 ${name}: fails whole`, () => {
      const manager = new EventManager();
      // What is bound late (koffi, the pool of reads) is bound now.
      for (const socket of make(manager)) socket.close();
      const [before, members] = [openFds(), [...manager.subscribers()].length];
      closes = 0;
      const taken = takeAllFds();
      let failures = 0;
      try {
        for (let left = 0; left < 6; left += 1) {
          withFdsLeft(left, taken, () => {
            try {
              for (const socket of make(manager)) socket.close();
            } catch (error) {
              failures += 1;
              assert.is(
                (error as { errno?: number }).errno,
                -24,
                `${name}, ${left} left: ${error}`,
              );
              assert.is(closes, 0, 'no handler hears of what was never made');
            }
            closes = 0;
          });
          assert.is([...manager.subscribers()].length, members, `${name}, ${left} left`);
          assert.is(existsSync(path), false, 'no socket is left in the file system');
        }
      } finally {
        for (const fd of taken) closeSync(fd);
      }
      assert.ok(failures >= 1 && failures < 6, `${failures} failures`);
      assert.is(openFds(), before);
      for (const socket of make(manager)) socket.close();
      manager.close();
    });
  }
}

test("a user's own pause outlasts a want of fds, and one of ours ends by itself", () => {
  if (!limited) return;
  using manager = new EventManager();
  const errors: unknown[] = [];
  const accepted: TcpStream[] = [];
  const options = {
    host: LOCALHOST,
    onError: (error: { errno?: number }) => errors.push(error.errno),
  };
  const listener = TcpListener.listen(manager, options, (stream) => {
    accepted.push(stream);
    return silent;
  });
  const { port } = listener.address;
  const connect = () => TcpStream.connect(manager, { port }, silent);
  connect();
  runUntil(manager, () => accepted.length === 1);
  const clients = [connect(), connect()];
  const taken = takeAllFds();
  runUntil(manager, () => listener.refused === 2 && clients.every(({ closed }) => closed));
  assert.equal(errors, [-24]);
  listener.pause();
  for (const fd of taken) closeSync(fd);
  accepted[0]!.close();
  connect();
  runIdle(manager);
  assert.is(listener.accepted, 1, 'it is still paused');
  listener.resume();
  runUntil(manager, () => listener.accepted === 2);
});

test('S44 in a closed manager nothing is made, and no handler is called', () => {
  const manager = new EventManager();
  for (const make of Object.values(makers)) for (const socket of make(manager)) socket.close();
  manager.close();
  const before = openFds();
  closes = 0;
  for (const [name, make] of Object.entries(makers)) {
    assert.throws(() => make(manager), withCode('ERR_CLOSED'), name);
  }
  assert.is(closes, 0);
  assert.is(openFds(), before);
  assert.is(existsSync(path), false);
});

test('S44 only a stream is adopted as one, and what listens by a listener', () => {
  using manager = new EventManager();
  const { listener } = listening(manager);
  const udp = UdpSocket.open(manager, { host: LOCALHOST });
  const before = openFds();
  const { reader, writer } = pipe();
  const messages = socketPair(SOCK_SEQPACKET);
  using other = new EventManager();
  const opened = openFds();
  for (const adopt of [TcpStream.adopt, UnixStream.adopt]) {
    const take = (source: { fd: number }) => () => adopt(other, source, silent);
    assert.throws(take(udp), withCode('ERR_NOT_A_STREAM'));
    assert.throws(take(listener), withCode('ERR_NOT_A_STREAM'));
    assert.throws(take({ fd: messages[0]! }), withCode('ERR_NOT_A_STREAM'));
    assert.throws(take(reader), withCode('ENOTSOCK'));
  }
  for (const adopt of [TcpListener.adopt, UnixListener.adopt]) {
    const take = (source: { fd: number }) => () => adopt(other, source, () => ({}));
    assert.throws(take(udp), withCode('ERR_NOT_LISTENING'));
    assert.throws(take(reader), withCode('ENOTSOCK'));
  }
  assert.is([...other.subscribers()].length, 0);
  assert.is(openFds(), opened);
  assert.not(listener.closed || udp.closed);
  reader.close();
  writer.close();
  for (const fd of messages) closeSync(fd);
  other.close();
  assert.is(openFds(), before);
});

test('a socket that listens already is adopted by a listener, and serves', () => {
  using manager = new EventManager();
  using outer = new EventManager();
  const { listener, port } = listening(outer);
  const texts: string[] = [];
  const adopted = TcpListener.adopt(manager, libc.dup(listener.fd), () => ({
    onData: (bytes, stream) => {
      texts.push(`${bytes}`);
      stream.end();
    },
  }));
  listener.close();
  assert.is(adopted.address.port, port);
  const stream = TcpStream.connect(manager, { port });
  stream.write('served');
  runUntil(manager, () => stream.closed);
  assert.equal(texts, ['served']);
});

test('the file of a listener is removed with it, unless someone has bound it anew', () => {
  using manager = new EventManager();
  const first = UnixListener.listen(manager, { path }, () => ({}));
  rmSync(path);
  const second = UnixListener.listen(manager, { path }, () => ({}));
  first.close();
  assert.is(existsSync(path), true);
  second.close();
  assert.is(existsSync(path), false);
});

test.run();
