import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createWasi } from 'wasm-event-manager/wasi';
import { guestIn, inGuest, LOOPBACK } from './fixtures/wasi-guest.js';

test('each call answers in each state as the table says', async () => {
  const answers = await inGuest((wasi, attempt) => {
    const network = wasi.instanceNetwork();
    const socket = wasi.createUdpSocket('ipv4');
    const bind = () => attempt(() => socket.startBind(network, wasi.local()) ?? 'ok');
    const finish = () => attempt(() => socket.finishBind() ?? 'ok');
    const local = () => attempt(() => socket.localAddress().tag);
    const remote = () => attempt(() => socket.remoteAddress().tag);
    const stream = (to: unknown = undefined) => attempt(() => (socket.stream(to) ? 'ok' : ''));
    const unbound = [finish(), local(), remote(), stream(), bind()];
    const started = [bind(), local(), stream(), finish()];
    const bound = [bind(), finish(), local(), remote(), stream()];
    const connected = [stream(wasi.datagrams().localAddress()), remote(), stream(), remote()];
    return { unbound, started, bound, connected };
  });
  assert.equal(answers, {
    unbound: ['not-in-progress', 'invalid-state', 'invalid-state', 'invalid-state', 'ok'],
    started: ['concurrency-conflict', 'concurrency-conflict', 'invalid-state', 'ok'],
    bound: ['invalid-state', 'not-in-progress', 'ipv4', 'invalid-state', 'ok'],
    connected: ['ok', 'ipv4', 'ok', 'invalid-state'],
  });
});

test('datagrams go to where they are sent, and tell where they come from', async () => {
  const answer = await inGuest((wasi) => {
    const [a, b] = [wasi.datagrams(), wasi.datagrams()];
    const [, out] = a.stream(undefined);
    const [input] = b.stream(undefined);
    const nothing = input.receive(5);
    const remoteAddress = b.localAddress();
    const room = out.checkSend() > 0;
    const datagrams = [[1], [], [2, 3]].map((each) => ({
      data: new Uint8Array(each),
      remoteAddress,
    }));
    const sent = out.send(datagrams);
    input.subscribe().block();
    const got = input.receive(2);
    const rest = input.receive(100);
    const from = got[0].remoteAddress.val.port === a.localAddress().val.port;
    const data = (list: { data: unknown }[]) => list.map((each) => each.data);
    return [nothing, room, sent, data(got), data(rest), from, input.receive(0)];
  });
  assert.equal(answer, [[], true, 3, [[1], []], [[2, 3]], true, []]);
});

test('a connected socket hears and reaches its peer alone', async () => {
  const answer = await inGuest((wasi, attempt) => {
    const [a, peer, stranger] = [wasi.datagrams(), wasi.datagrams(), wasi.datagrams()];
    const to = (socket: { localAddress(): unknown }, byte: number) => ({
      data: new Uint8Array([byte]),
      remoteAddress: socket.localAddress(),
    });
    const [, fromStranger] = stranger.stream(undefined);
    const [, fromPeer] = peer.stream(undefined);
    fromStranger.checkSend();
    fromPeer.checkSend();
    fromStranger.send([to(a, 1)]);
    const [input, output] = a.stream(peer.localAddress());
    fromStranger.send([to(a, 2)]);
    fromPeer.send([to(a, 3)]);
    input.subscribe().block();
    const heard = input.receive(10).map((each: { data: unknown }) => each.data);
    output.checkSend();
    const elsewhere = attempt(() => output.send([to(stranger, 4)]));
    return [
      heard,
      elsewhere,
      output.send([{ data: new Uint8Array([5]), remoteAddress: undefined }]),
    ];
  });
  assert.equal(answer, [[[3]], 'invalid-argument', 1]);
});

test('a second stream call ends the streams of the first', async () => {
  const answer = await inGuest((wasi, attempt) => {
    const socket = wasi.datagrams();
    const [input, output] = socket.stream(undefined);
    socket.stream(undefined);
    return [attempt(() => input.receive(1)), attempt(() => output.checkSend())];
  });
  assert.equal(answer, ['invalid-state', 'invalid-state']);
});

test('what can not be sent is told: too large, to nobody, to no address', async () => {
  const answer = await inGuest((wasi, attempt) => {
    const socket = wasi.datagrams();
    const [, output] = socket.stream(undefined);
    const send = (size: number, remoteAddress?: unknown) =>
      attempt(() => {
        output.checkSend();
        return output.send([{ data: new Uint8Array(size), remoteAddress }]);
      });
    return [
      send(65_520, socket.localAddress()),
      send(1),
      send(1, wasi.at(0, 127, 0, 0, 1)),
      send(1, wasi.at(9, 0, 0, 0, 0)),
      send(1, wasi.at(9, 192, 0, 2, 1)),
    ];
  });
  const wrong = 'invalid-argument';
  assert.equal(answer, ['datagram-too-large', wrong, wrong, wrong, 'access-denied']);
});

test('a receiver that is gone is no error of receive, nor of the next send', async () => {
  const answer = await inGuest((wasi) => {
    const [socket, gone] = [wasi.datagrams(), wasi.createUdpSocket('ipv4')];
    gone.startBind(wasi.instanceNetwork(), wasi.local());
    gone.finishBind();
    const [input, output] = socket.stream(gone.localAddress());
    wasi.drop(gone);
    const send = () => {
      output.checkSend();
      return output.send([{ data: new Uint8Array([1]), remoteAddress: undefined }]);
    };
    return [send(), send(), input.receive(1)];
  });
  assert.equal(answer, [1, 1, []]);
});

test('more datagrams than were permitted trap', async () => {
  const wasi = await createWasi({ network: LOOPBACK });
  const guest = guestIn(wasi);
  assert.throws(
    () =>
      guest((w) => {
        const socket = w.datagrams();
        const [, output] = socket.stream(undefined);
        output.send([{ data: new Uint8Array(1), remoteAddress: socket.localAddress() }]);
      }),
    (error: { code?: string }) => error.code === 'ERR_WASI_TRAP',
  );
  wasi.close();
});

test.run();
