import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { UdpSocket } from 'wasm-event-manager/net';
import { withCode } from './fixtures/configurations.js';
import { LOCALHOST, openFds, runUntil } from './fixtures/sockets.js';

test('UDP: datagrams arrive whole, with their sender, and can be answered', () => {
  const before = openFds();
  const manager = new EventManager();
  const seen: string[] = [];
  const echo = UdpSocket.open(
    manager,
    { host: LOCALHOST },
    { onMessage: (bytes, from, socket) => void socket.send(bytes, from) },
  );
  const client = UdpSocket.open(
    manager,
    { host: LOCALHOST },
    { onMessage: (bytes, from) => void seen.push(`${from.port} ${bytes}`) },
  );
  const { port } = echo.address;
  for (const text of ['one', 'two', '']) client.send(text, { address: LOCALHOST, port });
  runUntil(manager, () => seen.length === 3);
  assert.equal(seen, [`${port} one`, `${port} two`, `${port} `]);
  const large = Buffer.alloc(60_000, 'x');
  client.send(large, { address: LOCALHOST, port });
  runUntil(manager, () => seen.length === 4);
  assert.is(seen[3]!.length, large.length + `${port} `.length);
  manager.close();
  assert.ok(echo.closed && client.closed);
  assert.is(openFds(), before);
});

test('UDP: a connected socket needs no destination, and hears of a closed port', () => {
  using manager = new EventManager();
  const errors: unknown[] = [];
  const nobody = UdpSocket.open(manager, { host: LOCALHOST });
  const { port } = nobody.address;
  nobody.close();
  const client = UdpSocket.open(
    manager,
    { host: LOCALHOST, peer: { host: LOCALHOST, port } },
    { onError: (error) => errors.push(error.errno) },
  );
  client.send('to nobody');
  runUntil(manager, () => errors.length === 1);
  assert.equal(errors, [-111]);
  assert.is(client.closed, false);
});

test('S53: a UDP socket tells of a run of failures once, and of their number', async () => {
  using manager = new EventManager({
    onHandlerError: 'report',
    onError: () => assert.unreachable(),
  });
  const place = { host: LOCALHOST };
  const nobody = UdpSocket.open(manager, place);
  const peer = { host: LOCALHOST, port: nobody.address.port };
  nobody.close();
  const told: string[] = [];
  let received = 0;
  const onError = ({ code, message }: Error & { code: string }) =>
    void told.push(`${code} ${/\d+ times/.exec(message)?.[0] ?? ''}`);
  const onMessage = () => {
    received += 1;
  };
  const client = UdpSocket.open(manager, { ...place, peer }, { onError, onMessage });
  const refuse = (times: number) => {
    for (let i = 0; i < times; i += 1) {
      // The error of the one before may come here instead.
      try {
        client.send('to nobody');
      } catch {}
      manager.runWithTimeout(20);
    }
  };
  refuse(20);
  assert.equal(told, ['ECONNREFUSED ']);
  const server = UdpSocket.open(manager, { ...place, port: peer.port });
  server.send('here I am', client.address);
  runUntil(manager, () => received === 1);
  assert.is(told.length, 2);
  assert.match(told[1]!, /^ERR_RECOVERED \d+ times$/);
  server.close();
  refuse(5);
  assert.equal(told.slice(2), ['ECONNREFUSED ']);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  refuse(5);
  client.close();
  const kinds = told.slice(3).map((each) => each.split(' ')[0]);
  assert.equal(kinds, ['ERR_RECOVERED', 'ECONNREFUSED', 'ERR_RECOVERED'], 'after a quiet second');
});

test('UDP: on IPv6 too', () => {
  using manager = new EventManager();
  const seen: string[] = [];
  let server: UdpSocket;
  try {
    server = UdpSocket.open(
      manager,
      { host: '::1' },
      { onMessage: (_bytes, from) => void seen.push(`${from.family} ${from.address}`) },
    );
  } catch (error) {
    // A machine without IPv6.
    assert.match((error as { code: string }).code, /^(EADDRNOTAVAIL|EAFNOSUPPORT)$/);
    return;
  }
  const { port } = server.address;
  UdpSocket.open(manager, { peer: { host: '::1', port } }).send('x');
  runUntil(manager, () => seen.length === 1);
  assert.equal(seen, ['6 ::1']);
});

test('UDP: bad input is refused, and the socket goes on', () => {
  using manager = new EventManager();
  const before = openFds();
  const open = (options: object) => () => UdpSocket.open(manager, options);
  assert.throws(open({ port: -1 }), RangeError);
  assert.throws(open({ port: 65_536 }), RangeError);
  assert.throws(open({ host: '127.0.0.1', peer: { host: '127.0.0.1', port: 0 } }), RangeError);
  assert.throws(open({ host: '192.0.2.1' }), withCode('EADDRNOTAVAIL'));
  assert.is(openFds(), before);
  const socket = UdpSocket.open(manager, { host: LOCALHOST });
  const { port } = socket.address;
  assert.throws(open({ host: LOCALHOST, port }), withCode('EADDRINUSE'));
  assert.throws(() => socket.send('x', { address: 'a name', port }), RangeError);
  assert.throws(() => socket.send('x', { address: LOCALHOST, port: 0 }), RangeError);
  assert.throws(() => socket.send(7 as never, { address: LOCALHOST, port }), TypeError);
  assert.throws(
    () => socket.send('x'),
    (error: { errno: number }) => error.errno === -89,
  );
  const tooLarge = Buffer.alloc(70_000);
  assert.throws(
    () => socket.send(tooLarge, { address: LOCALHOST, port }),
    (error: { errno: number }) => error.errno === -90,
  );
  assert.is(socket.send('to itself', { address: LOCALHOST, port }), true);
  assert.is(manager.runWithTimeout(1_000), 1);
  socket.close();
  assert.throws(() => socket.send('x', { address: LOCALHOST, port }), withCode('ERR_CLOSED'));
});

test.run();
