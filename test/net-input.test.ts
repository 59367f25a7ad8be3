import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import {
  drain,
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixListener,
  UnixStream,
} from 'wasm-event-manager/net';
import { LOCALHOST, listening, openFds, runUntil } from './fixtures/sockets.js';

const folder = mkdtempSync(join(tmpdir(), 'net-input-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Whatever takes an ArrayBuffer away from its views, or changes its size. */
const THIEVES: Record<string, (buffer: ArrayBuffer) => unknown> = {
  structuredClone: (buffer) => structuredClone(buffer, { transfer: [buffer] }),
  postMessage: (buffer) => new MessageChannel().port1.postMessage(buffer, [buffer]),
  transfer: (buffer) => (buffer as unknown as { transfer(): unknown }).transfer(),
  resize: (buffer) => (buffer as unknown as { resize(size: number): unknown }).resize(0),
};

function steal(bytes: Uint8Array): void {
  for (const thief of Object.values(THIEVES)) {
    try {
      thief(bytes.buffer as ArrayBuffer);
    } catch {
      // As it should be; Node 20 makes a copy instead.
    }
  }
  assert.ok(bytes.buffer.byteLength > 0, 'what the kernel writes to stays where it is');
}

test('S52 what is read into cannot be taken away: streams, datagrams, drain', () => {
  using manager = new EventManager();
  const seen: string[] = [];
  const take = (bytes: Buffer) => {
    steal(bytes);
    seen.push(`${bytes}`);
  };
  const [one] = UnixStream.pair(manager, {}, { onData: take });
  one.write('stream');
  runUntil(manager, () => seen.length === 1);
  const socket = UdpSocket.open(manager, { host: LOCALHOST }, { onMessage: take });
  socket.send('datagram', socket.address);
  runUntil(manager, () => seen.length === 2);
  const [left, right] = UnixStream.pair(manager);
  left.write('drained');
  drain(right, { rearm: () => {} }, take);
  assert.equal(seen, ['stream', 'datagram', 'drained']);
});

test('a budget is the most that is read at once: streams and drain', () => {
  using manager = new EventManager();
  const sizes: number[] = [];
  const [one] = UnixStream.pair(
    manager,
    {},
    { onData: (bytes) => void sizes.push(bytes.length) },
    { readBudget: 100 },
  );
  one.write(Buffer.alloc(1_000));
  runUntil(manager, () => sizes.length === 10);
  assert.ok(sizes.every((size) => size === 100));
  const [left, right] = UnixStream.pair(manager);
  left.write(Buffer.alloc(5_000));
  let read = 0;
  const take = (bytes: Buffer) => {
    read += bytes.length;
  };
  assert.is(drain(right, { rearm: () => {} }, take, { budget: 4_096 }), 'budget');
  assert.is(read, 4_096);
});

// Each is no number to a person, or to Node, but would be one to C.
const LOOK_ALIKES = [
  'ıĲķ.İ.İ.ı',
  '127.0.0.1\0',
  '127.0.0.1\0.example.org',
  ' 127.0.0.1',
  '127.0.0.1%lo',
  '127.0.0.1%1',
  '١٢٧.٠.٠.١',
  '::1\0',
  '::1%lo\0',
  '::1%ľo',
  '::1%no-such-interface',
  '::1%4294967297',
  '::1%lo%lo',
  '::1%',
];

test('K11: what Node takes for no address goes to the resolver, whatever its letters', () => {
  using manager = new EventManager();
  const { port, listener } = listening(manager);
  for (const host of LOOK_ALIKES) {
    const asked: string[] = [];
    const resolver = (name: string) => {
      asked.push(name);
      return [];
    };
    try {
      const stream = TcpStream.connect(manager, { host, port, resolver }, { onError: () => {} });
      runUntil(manager, () => stream.closed);
      assert.equal(asked, [host], JSON.stringify(host));
    } catch (error) {
      assert.ok(error instanceof RangeError && host.includes('\0'), String(error));
    }
    const address = { address: host, port };
    const socket = UdpSocket.open(manager, { host: LOCALHOST });
    assert.throws(() => socket.send('x', address), RangeError, JSON.stringify(host));
    socket.close();
  }
  assert.is(listener.accepted, 0);
  for (const make of [
    () => TcpListener.listen(manager, { host: 'localhost\0.example.org' }, () => ({})),
    () => UdpSocket.open(manager, { host: '127.0.0.1\0' }),
    () => UdpSocket.open(manager, { peer: { host: '::1\0', port: 7 } }),
  ]) {
    assert.throws(make, RangeError);
  }
});

test('a scope is the number of an interface, or its name', () => {
  if (!networkInterfaces().lo?.some(({ family }) => family === 'IPv6')) {
    console.log('SKIPPED scopes: there is no IPv6 at lo');
    return;
  }
  using manager = new EventManager();
  const listener = TcpListener.listen(manager, { host: '::1' }, () => ({}));
  const { port } = listener.address;
  const connected: string[] = [];
  for (const host of ['::1', '::1%lo', '::1%1', '::1%0']) {
    const resolver = () => assert.unreachable() as never;
    TcpStream.connect(
      manager,
      { host, port, resolver },
      { onConnect: () => void connected.push(host), onError: () => void connected.push('') },
    );
  }
  runUntil(manager, () => connected.length === 4);
  assert.equal(connected.sort(), ['::1', '::1%0', '::1%1', '::1%lo']);
});

test('a path is what its bytes say: none that two texts would share', () => {
  using manager = new EventManager();
  const before = openFds();
  const paths = ['', 'a\0b', '\0a\0b', '\ud800', 'x\udfff', 'ä'.repeat(54), 'x'.repeat(108)];
  for (const path of paths) {
    assert.throws(() => UnixListener.listen(manager, { path }, () => ({})), RangeError, path);
    assert.throws(() => UnixStream.connect(manager, { path }), RangeError, path);
  }
  assert.is(openFds(), before);
  // Letters of every script, and exactly as long as may be.
  const name = join(folder, '…Ĳ');
  const longest = `${name}${'x'.repeat(107 - Buffer.byteLength(name))}`;
  for (const path of [name, longest, `\0${'y'.repeat(107)}`]) {
    const listener = UnixListener.listen(manager, { path }, () => ({}));
    let connected = false;
    const onConnect = () => {
      connected = true;
    };
    const stream = UnixStream.connect(manager, { path }, { onConnect });
    runUntil(manager, () => connected);
    stream.close();
    listener.close();
  }
});

test("a listener's options are what they were when it was made", () => {
  using manager = new EventManager();
  const accepted: TcpStream[] = [];
  const options = { host: LOCALHOST, keepAlive: 30, highWaterMark: 1_000, port: 0 };
  const listener = TcpListener.listen(manager, options, (stream) => {
    accepted.push(stream);
    return {};
  });
  Object.assign(options, { keepAlive: -1, highWaterMark: -1 });
  TcpStream.connect(manager, { port: listener.address.port });
  runUntil(manager, () => accepted.length === 1);
  const listen = (keepAlive: number) => () =>
    TcpListener.listen(manager, { host: LOCALHOST, keepAlive }, () => ({}));
  for (const keepAlive of [0, 32_768, 1.5]) assert.throws(listen(keepAlive), RangeError);
});

test('an error of the network at a datagram is told once, and the socket goes on', () => {
  using manager = new EventManager();
  const errors: unknown[] = [];
  let received = 0;
  const gone = UdpSocket.open(manager, { host: LOCALHOST });
  const { port } = gone.address;
  gone.close();
  const peer = { host: LOCALHOST, port };
  const onError = (error: { errno?: number }) => errors.push(error.errno);
  const socket = UdpSocket.open(manager, { host: LOCALHOST, peer }, { onError });
  socket.send('refused');
  runUntil(manager, () => errors.length === 1);
  for (let i = 0; i < 5; i += 1) assert.is(manager.runWithTimeout(2), 0, 'no storm');
  const onMessage = () => {
    received += 1;
  };
  UdpSocket.open(manager, { host: LOCALHOST, port }, { onMessage });
  socket.send('taken');
  runUntil(manager, () => received === 1);
  assert.equal(errors, [-111]);
});

test.run();
