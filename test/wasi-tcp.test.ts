import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inGuest } from './fixtures/wasi-guest.js';

/** What each call answers in each state: 'ok', or the error. */
const [OK, STATE, CONFLICT, IDLE] = [
  'ok',
  'invalid-state',
  'concurrency-conflict',
  'not-in-progress',
];
const COLUMNS = [
  'startBind',
  'finishBind',
  'startConnect',
  'finishConnect',
  'startListen',
  'finishListen',
  'accept',
  'localAddress',
  'remoteAddress',
  'setListenBacklogSize',
  'shutdown',
];
const TABLE: Record<string, (string | undefined)[]> = {
  unbound: [OK, IDLE, OK, IDLE, STATE, IDLE, STATE, STATE, STATE, OK, STATE],
  bindStarted: [CONFLICT, OK, CONFLICT, IDLE, CONFLICT, IDLE, STATE, CONFLICT, STATE, OK, STATE],
  bound: [STATE, IDLE, OK, IDLE, OK, IDLE, STATE, OK, STATE, OK, STATE],
  listenStarted: [STATE, IDLE, CONFLICT, IDLE, CONFLICT, OK, STATE, OK, STATE, STATE, STATE],
  listening: [STATE, IDLE, STATE, IDLE, STATE, IDLE, 'would-block', OK, STATE, OK, STATE],
  connecting: [STATE, IDLE, CONFLICT, OK, STATE, IDLE, STATE, OK, CONFLICT, STATE, CONFLICT],
  connected: [STATE, IDLE, STATE, IDLE, STATE, IDLE, STATE, OK, OK, STATE, OK],
};

test('each call answers in each state as the table says', async () => {
  const found = await inGuest((wasi, attempt) => {
    const network = wasi.instanceNetwork();
    const listener = wasi.listener();
    const make: Record<string, () => unknown> = {
      unbound: () => wasi.createTcpSocket('ipv4'),
      bindStarted() {
        const socket = wasi.createTcpSocket('ipv4');
        socket.startBind(network, wasi.local());
        return socket;
      },
      bound() {
        const socket = make.bindStarted!() as { finishBind(): void };
        socket.finishBind();
        return socket;
      },
      listenStarted() {
        const socket = make.bound!() as { startListen(): void };
        socket.startListen();
        return socket;
      },
      listening: () => wasi.listener(),
      connecting() {
        const socket = wasi.createTcpSocket('ipv4');
        socket.startConnect(network, listener.localAddress());
        socket.subscribe().block();
        return socket;
      },
      connected: () => wasi.connection().client,
    };
    const args: Record<string, () => unknown[]> = {
      startBind: () => [network, wasi.local()],
      startConnect: () => [network, listener.localAddress()],
      setListenBacklogSize: () => [5],
      shutdown: () => ['both'],
    };
    const calls =
      'startBind finishBind startConnect finishConnect startListen finishListen accept ' +
      'localAddress remoteAddress setListenBacklogSize shutdown';
    const row = (state: string) =>
      calls.split(' ').map((call) => {
        const socket = make[state]!() as Record<string, (...given: unknown[]) => unknown>;
        const answer = attempt(() => {
          socket[call]!(...(args[call]?.() ?? []));
          return 'ok';
        });
        return answer;
      });
    return Object.fromEntries(Object.keys(make).map((state) => [state, row(state)]));
  });
  for (const [state, expected] of Object.entries(TABLE))
    for (const [i, call] of COLUMNS.entries())
      assert.is(found[state][i], expected[i], `${call} of a socket that is ${state}`);
});

test('addresses that no socket can have are refused', async () => {
  const answers = await inGuest((wasi, attempt) => {
    const network = wasi.instanceNetwork();
    const six = (...address: number[]) => ({
      tag: 'ipv6',
      val: { port: 1, flowInfo: 0, address, scopeId: 0 },
    });
    const bind = (family: string, address: unknown) =>
      attempt(() => wasi.createTcpSocket(family).startBind(network, address));
    const connect = (family: string, address: unknown) =>
      attempt(() => wasi.createTcpSocket(family).startConnect(network, address));
    return [
      bind('ipv6', wasi.local()),
      bind('ipv4', wasi.at(0, 224, 0, 0, 1)),
      bind('ipv4', wasi.at(0, 255, 255, 255, 255)),
      bind('ipv6', six(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1)),
      bind('ipv6', six(0xff02, 0, 0, 0, 0, 0, 0, 1)),
      connect('ipv4', wasi.at(0, 127, 0, 0, 1)),
      connect('ipv4', wasi.at(80, 0, 0, 0, 0)),
      connect('ipv6', six(0, 0, 0, 0, 0, 0, 0, 0)),
    ];
  });
  assert.equal(answers, Array(8).fill('invalid-argument'));
});

test('an address that is taken, or not of this machine, can not be bound', async () => {
  const answers = await inGuest(
    (wasi, attempt) => {
      const network = wasi.instanceNetwork();
      const bind = (address: unknown) =>
        attempt(() => wasi.createTcpSocket('ipv4').startBind(network, address));
      return [bind(wasi.listener().localAddress()), bind(wasi.at(0, 192, 0, 2, 1))];
    },
    { network: () => true },
  );
  assert.equal(answers, ['address-in-use', 'address-not-bindable']);
});

test('a connection that is refused ends the socket', async () => {
  const answers = await inGuest((wasi, attempt) => {
    const network = wasi.instanceNetwork();
    const gone = wasi.createTcpSocket('ipv4');
    gone.startBind(network, wasi.local());
    gone.finishBind();
    const socket = wasi.createTcpSocket('ipv4');
    socket.startConnect(network, gone.localAddress());
    socket.subscribe().block();
    const connect = () => socket.startConnect(network, gone.localAddress());
    return [attempt(() => socket.finishConnect()), attempt(connect)];
  });
  assert.equal(answers, ['connection-refused', 'invalid-state']);
});

test('bytes go both ways, and the end of one way is the end of the stream', async () => {
  const answer = await inGuest((wasi, attempt) => {
    const { client, input, output, peer, peerInput, peerOutput } = wasi.connection();
    output.blockingWriteAndFlush(new Uint8Array([1, 2, 3]));
    const there = peerInput.blockingRead(10);
    const none = peerInput.read(10);
    client.shutdown('send');
    const end = attempt(() => peerInput.blockingRead(10));
    const after = attempt(() => output.checkWrite());
    peerOutput.blockingWriteAndFlush(new Uint8Array([4]));
    const back = input.blockingRead(10);
    peer.shutdown('receive');
    return [there, none, end, after, back, attempt(() => peerInput.read(1))];
  });
  assert.equal(answer, [[1, 2, 3], [], 'closed', 'closed', [4], 'closed']);
});

test('a peer that does not read holds up the writer, and loses nothing', async () => {
  const { written, received, rest } = await inGuest((wasi) => {
    const { client, output, peerInput } = wasi.connection();
    let written = 0;
    for (let room = Number(output.checkWrite()); room > 0; room = Number(output.checkWrite())) {
      output.write(new Uint8Array(room).fill(written / room));
      written += room;
    }
    const full = output.subscribe();
    const before = full.ready();
    let received = 0;
    while (received < written) {
      const bytes = peerInput.blockingRead(65_536);
      received += bytes.length;
      output.flush();
    }
    full.block();
    client.shutdown('send');
    return { written, received, rest: [before, full.ready(), Number(output === null)] };
  });
  assert.is(received, written);
  assert.equal(rest, [false, true, 0]);
});

test('options are kept, rounded as Linux keeps them, and 0 is refused', async () => {
  const { kept, refused } = await inGuest((wasi, attempt) => {
    const socket = wasi.createTcpSocket('ipv4');
    socket.setKeepAliveEnabled(true);
    socket.setKeepAliveIdleTime(1_000_000_001);
    socket.setKeepAliveInterval(3_000_000_000);
    socket.setKeepAliveCount(4_000_000_000);
    socket.setHopLimit(42);
    socket.setReceiveBufferSize(65_536);
    socket.setSendBufferSize(65_536);
    const setters =
      'setKeepAliveIdleTime setKeepAliveInterval setKeepAliveCount setHopLimit ' +
      'setReceiveBufferSize setSendBufferSize setListenBacklogSize';
    return {
      kept: [
        socket.keepAliveEnabled(),
        Number(socket.keepAliveIdleTime()),
        Number(socket.keepAliveInterval()),
        socket.keepAliveCount(),
        socket.hopLimit(),
        Number(socket.receiveBufferSize()),
        Number(socket.sendBufferSize()),
        socket.addressFamily(),
        socket.isListening(),
      ],
      refused: setters.split(' ').map((name) => attempt(() => socket[name](0))),
    };
  });
  assert.equal(kept, [true, 2e9, 3e9, 127, 42, 65_536, 65_536, 'ipv4', false]);
  assert.equal(refused, Array(7).fill('invalid-argument'));
});

test('IPv6 has its own addresses', async () => {
  const answer = await inGuest((wasi) => {
    const address = [0, 0, 0, 0, 0, 0, 0, 1];
    const local = { tag: 'ipv6', val: { port: 0, flowInfo: 0, address, scopeId: 0 } };
    const { tag, val } = wasi.listener(local).localAddress();
    return [tag, val.address, val.port > 0];
  });
  assert.equal(answer, ['ipv6', [0, 0, 0, 0, 0, 0, 0, 1], true]);
});

test.run();
