import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WasiOptions } from 'wasm-event-manager/wasi';
import { inGuest, type Script } from './fixtures/wasi-guest.js';

const tryAll: Script = (wasi, attempt) => {
  const network = wasi.instanceNetwork();
  const tcp = () => wasi.createTcpSocket('ipv4');
  const udp = wasi.createUdpSocket('ipv4');
  return {
    connect: attempt(() => tcp().startConnect(network, wasi.local(9)) ?? 'ok'),
    listen: attempt(() => tcp().startBind(network, wasi.local()) ?? 'ok'),
    datagrams: attempt(() => udp.startBind(network, wasi.local()) ?? 'ok'),
    lookup: attempt(() => wasi.resolveAddresses(network, 'localhost').resolveNextAddress().tag),
  };
};
const under = (network?: WasiOptions['network']) => inGuest(tryAll, { network: network! });
const [OK, DENIED] = ['ok', 'access-denied'];
const NOTHING = { connect: DENIED, listen: DENIED, datagrams: DENIED, lookup: DENIED };

test('nothing is allowed by default', async () => {
  const network = {};
  assert.equal(await under(network), NOTHING);
  assert.equal(await inGuest(tryAll, { network: () => false }), NOTHING);
});

test('each list allows its own kind', async () => {
  const { connect } = await under({ connect: ['127.0.0.0/8:1-10'] });
  assert.is.not(connect, DENIED);
  const listening = { ...NOTHING, listen: OK, datagrams: OK };
  assert.equal(await under({ listen: ['*:0'] }), listening);
  assert.is((await under({ lookup: ['localhost'] })).lookup.startsWith('ipv'), true);
});

test('a pattern of another address, port or family allows nothing', async () => {
  for (const pattern of ['127.0.0.1:10', '127.0.0.2', '10.0.0.0/8', '[::]:*', '[::1]:9', '::1'])
    assert.equal(await under({ connect: [pattern], listen: [] }), NOTHING, pattern);
});

test('a function decides about each call, and each decision is logged', async () => {
  const asked: unknown[] = [];
  const logged: unknown[] = [];
  await inGuest(tryAll, {
    network(...call) {
      asked.push(call);
      return call[0] === 'listen';
    },
    onNetwork: (...call) => void logged.push(call),
  });
  assert.equal(asked, [
    ['connect', '127.0.0.1', 9],
    ['listen', '127.0.0.1', 0],
    ['listen', '127.0.0.1', 0],
    ['lookup', 'localhost', 0],
  ]);
  const decisions = logged.map((call) => (call as unknown[])[3]);
  assert.equal(decisions, [false, true, true, false]);
});

test('a name that is found is still refused by its address', async () => {
  const answer = await inGuest(
    (wasi, attempt) => {
      const network = wasi.instanceNetwork();
      const { val } = wasi.resolveAddresses(network, '127.0.0.1').resolveNextAddress();
      const socket = wasi.createTcpSocket('ipv4');
      return attempt(() => socket.startConnect(network, wasi.at(80, ...val)));
    },
    { network: { lookup: ['*'], connect: ['10.0.0.0/8'] } },
  );
  assert.is(answer, DENIED);
});

test('an address is found as it is, and a name that is none is told', async () => {
  const answer = await inGuest(
    (wasi, attempt) => {
      const network = wasi.instanceNetwork();
      const find = (name: string) =>
        attempt(() => {
          const stream = wasi.resolveAddresses(network, name);
          const first = stream.resolveNextAddress();
          return [first, stream.resolveNextAddress() ?? 'end'];
        });
      return [find('1.2.3.4'), find('::ffff:1.2.3.4'), find('::1'), find(''), find('a b')];
    },
    { network: { lookup: ['*'] } },
  );
  const six = (...val: number[]) => [{ tag: 'ipv6', val }, 'end'];
  assert.equal(answer, [
    [{ tag: 'ipv4', val: [1, 2, 3, 4] }, 'end'],
    six(0, 0, 0, 0, 0, 0xffff, 0x102, 0x304),
    six(0, 0, 0, 0, 0, 0, 0, 1),
    'invalid-argument',
    'invalid-argument',
  ]);
});

test.run();
