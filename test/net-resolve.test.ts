import { setImmediate as nextRound } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { TcpListener, TcpStream } from 'wasm-event-manager/net';
import { LOCALHOST, listening, runUntil } from './fixtures/sockets.js';

test('IPv6 and IPv4 reach a listener on every address, which tells who it is', () => {
  using manager = new EventManager();
  const peers: string[] = [];
  const listener = TcpListener.listen(manager, {}, (stream) => {
    peers.push(stream.remoteAddress.address);
    return {};
  });
  const { port, family } = listener.address;
  const hosts = family === 6 ? [LOCALHOST, '::1'] : [LOCALHOST];
  const streams = hosts.map((host) => TcpStream.connect(manager, { host, port }));
  runUntil(manager, () => peers.length === hosts.length);
  const expected = family === 6 ? ['::1', '::ffff:127.0.0.1'] : [LOCALHOST];
  assert.equal(peers.sort(), expected);
  assert.is(streams[0]!.remoteAddress.port, port);
});

test('names are resolved by Node, blocking, or by a function; each is tried', async () => {
  using manager = new EventManager();
  const { port, accepted } = listening(manager);
  const connected: string[] = [];
  const connect = (name: string, host: string, resolver: never) =>
    TcpStream.connect(
      manager,
      { host, port, resolver },
      {
        onConnect: () => void connected.push(name),
        onError: (error) => void connected.push(`${name} ${error.code}`),
      },
    );
  connect('pool', 'localhost', 'pool' as never);
  connect('blocking', 'localhost', 'blocking' as never);
  connect('function', 'service', (() => [LOCALHOST]) as never);
  connect('promise', 'service', (async () => LOCALHOST) as never);
  connect('numeric', LOCALHOST, (() => assert.unreachable()) as never);
  // Nobody is at the first address, which refuses; the second answers.
  connect('second', 'service', (() => ['127.0.0.9', '::1', LOCALHOST]) as never);
  connect('nothing', 'service', (() => []) as never);
  connect('no address', 'service', (() => 'name') as never);
  connect('rejected', 'service', (() => Promise.reject(new Error('no'))) as never);
  const attachment = manager.attach();
  for (let i = 0; i < 5_000 && connected.length < 9; i += 1) await nextRound();
  attachment.detach();
  assert.equal(connected.sort(), [
    'blocking',
    'function',
    'no address ERR_NAME_NOT_RESOLVED',
    'nothing ERR_NAME_NOT_RESOLVED',
    'numeric',
    'pool',
    'promise',
    'rejected ERR_NAME_NOT_RESOLVED',
    'second',
  ]);
  assert.is(accepted.length, 6);
});

test.run();
