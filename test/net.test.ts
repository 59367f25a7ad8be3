import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { TcpStream, UnixListener, UnixStream } from 'wasm-event-manager/net';
import { inBothModes, journal, listening, openFds, runIdle, runUntil } from './fixtures/sockets.js';

const folder = mkdtempSync(join(tmpdir(), 'net-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

inBothModes('TCP: connects, talks both ways, and ends on both sides', test, (manager, options) => {
  const [server, client] = [journal(), journal()];
  const { accepted, port } = listening(manager, server.handlers, options);
  const stream = TcpStream.connect(manager, { port, ...options }, client.handlers);
  assert.is(stream.connecting, true);
  stream.write('early, ');
  runUntil(manager, () => accepted.length === 1 && server.text().length > 0);
  accepted[0]!.write('answer');
  stream.end('late');
  runUntil(manager, () => stream.closed && accepted[0]!.closed);
  assert.is(server.text(), 'early, late');
  assert.is(client.text(), 'answer');
  assert.equal(client.events, ['connect', 'end', 'close']);
  assert.equal(server.events, ['end', 'close']);
  assert.is(stream.bytesWritten, 11);
  assert.is(stream.bytesRead, 6);
});

inBothModes('TCP: half-closed, one side goes on to write', test, (manager, options) => {
  const client = journal();
  const { accepted, port } = listening(manager, {}, { ...options, allowHalfOpen: true });
  const stream = TcpStream.connect(
    manager,
    { port, ...options, allowHalfOpen: true },
    client.handlers,
  );
  runUntil(manager, () => accepted.length === 1);
  stream.end();
  runIdle(manager);
  assert.is(accepted[0]!.closed, false);
  accepted[0]!.write('still here');
  accepted[0]!.end();
  runUntil(manager, () => stream.closed && accepted[0]!.closed);
  assert.is(client.text(), 'still here');
});

inBothModes('TCP: a refused connection is an error, and not a hang', test, (manager, options) => {
  const { listener, port } = listening(manager);
  listener.close();
  const client = journal();
  const stream = TcpStream.connect(manager, { port, ...options }, client.handlers);
  runUntil(manager, () => stream.closed);
  assert.equal(client.events, ['error ECONNREFUSED', 'close']);
  assert.is(stream.write('too late'), false);
});

inBothModes('TCP: a reset in mid-message tells what came before it', test, (manager, options) => {
  const server = journal();
  const { accepted, port } = listening(manager, server.handlers, options);
  const stream = TcpStream.connect(manager, { port, ...options });
  runUntil(manager, () => accepted.length === 1);
  stream.write('half a mess');
  runUntil(manager, () => server.text() === 'half a mess');
  stream.reset();
  runUntil(manager, () => accepted[0]!.closed);
  assert.equal(server.events, ['error ECONNRESET', 'close']);
});

inBothModes('TCP: writing stops at the high-water mark, until drain', test, (manager, options) => {
  const client = journal();
  const { accepted, port } = listening(manager, {}, options);
  const stream = TcpStream.connect(
    manager,
    { port, ...options, highWaterMark: 1 << 16 },
    {
      ...client.handlers,
    },
  );
  runUntil(manager, () => accepted.length === 1 && client.events.includes('connect'));
  accepted[0]!.pause();
  const chunk = Buffer.alloc(1 << 16, 'x');
  let sent = 0;
  for (; stream.write(chunk); sent += chunk.length) assert.ok(sent < 1 << 28, 'it has a limit');
  sent += chunk.length;
  assert.ok(stream.pending > 0);
  runIdle(manager);
  assert.not(client.events.includes('drain'));
  accepted[0]!.resume();
  runUntil(manager, () => client.events.includes('drain'));
  assert.is(stream.pending, 0);
  stream.end();
  runUntil(manager, () => stream.closed);
  assert.is(accepted[0]!.bytesRead, sent);
});

inBothModes(
  'TCP: a read budget gives the others their turn, and strands nothing',
  test,
  (manager, options) => {
    const sizes: number[] = [];
    const { accepted, port } = listening(
      manager,
      { onData: (bytes) => void sizes.push(bytes.length) },
      { ...options, readBudget: 1_000 },
    );
    const stream = TcpStream.connect(manager, { port });
    const total = 3_000_000;
    stream.end(Buffer.alloc(total));
    runUntil(manager, () => accepted[0]?.closed === true);
    assert.is(
      sizes.reduce((a, b) => a + b, 0),
      total,
    );
    assert.ok(sizes.length > 40);
    runUntil(manager, () => stream.closed);
  },
);

inBothModes(
  'TCP: a stream is paused and resumed from its own handler',
  test,
  (manager, options) => {
    let calls = 0;
    const { accepted, port } = listening(
      manager,
      {
        onData: (_bytes, stream) => {
          calls += 1;
          stream.pause();
        },
      },
      options,
    );
    const stream = TcpStream.connect(manager, { port });
    stream.write(Buffer.alloc(200_000));
    runUntil(manager, () => calls === 1);
    runIdle(manager);
    assert.is(calls, 1);
    for (const want of [2, 3]) {
      accepted[0]!.resume();
      runUntil(manager, () => calls === want);
    }
    stream.close();
  },
);

inBothModes(
  'Unix: a path, a name of the abstract namespace, and a pair',
  test,
  (manager, options) => {
    for (const path of [join(folder, 'socket'), '\0wasm-event-manager-test']) {
      const client = journal();
      const listener = UnixListener.listen(manager, { path, ...options }, (stream) => ({
        onData: (bytes) => stream.end(bytes),
      }));
      const stream = UnixStream.connect(manager, { path, ...options }, client.handlers);
      stream.write('echo');
      runUntil(manager, () => stream.closed);
      assert.is(client.text(), 'echo');
      listener.close();
    }
    const [left, right] = [journal(), journal()];
    const [one, other] = UnixStream.pair(manager, left.handlers, right.handlers, options);
    one.write('to the right');
    other.end('to the left');
    runUntil(manager, () => one.closed && other.closed);
    assert.is(left.text(), 'to the left');
    assert.is(right.text(), 'to the right');
  },
);

test('a stream closes with its manager, its subscriber and by a handler that throws', () => {
  const before = openFds();
  const closed: string[] = [];
  const manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
  const { listener, accepted, port } = listening(manager, {
    onData: () => {
      throw new Error('bad handler');
    },
  });
  const connect = (name: string) =>
    TcpStream.connect(manager, { port }, { onClose: () => void closed.push(name) });
  const [thrown, removed, rest] = [connect('thrown'), connect('removed'), connect('rest')];
  runUntil(manager, () => accepted.length === 3 && !rest.connecting);
  thrown.write('x');
  runUntil(manager, () => thrown.closed);
  for (const [id, subscriber] of manager.subscribers()) {
    if (subscriber === removed) manager.removeSubscriber(id);
  }
  assert.equal(closed, ['thrown', 'removed']);
  manager.close();
  assert.equal(closed, ['thrown', 'removed', 'rest']);
  assert.ok(listener.closed && accepted.every((stream) => stream.closed));
  assert.is(openFds(), before);
});

test.run();
