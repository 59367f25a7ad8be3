import { createRequire } from 'node:module';
import { setImmediate as nextRound } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import {
  type StreamOptions,
  type StreamSocket,
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixStream,
} from 'wasm-event-manager/net';
import { randomFrom } from './fixtures/random.js';
import { LOCALHOST, openFds } from './fixtures/sockets.js';
import { type Random, Side } from './fixtures/stream-side.js';

// Random programs on real sockets against a model of what must hold of either side: its handlers
// come in order; what it reads is what the other one wrote, from the first byte on; and all of it,
// where nobody has closed or reset anything.

const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
const setsockopt = koffi.load(null).func('int setsockopt(int, int, int, int *, int)') as (
  ...args: unknown[]
) => number;
const [SOL_SOCKET, SO_SNDBUF] = [1, 7];

const ROUNDS = Number(process.env.NET_ROUNDS ?? 60);
const STEPS_MAX = 80;
const LIMIT_MS = 10_000;
const ORDER = /^(connect )?((data|drain|end|finish) )*(error )?close $/;

/** The least that the kernel allows. A tiny buffer to receive has TCP wait for its timers. */
function tinyBuffer(stream: StreamSocket): void {
  setsockopt(stream.fd, SOL_SOCKET, SO_SNDBUF, [1], 4);
}

/** Two sides of a connection; TCP's are connected in the course of the program. */
function connected(
  manager: EventManager,
  sides: [Side, Side],
  kind: number,
  options: StreamOptions,
) {
  const [one, other] = sides;
  if (kind === 0) {
    const pair = UnixStream.pair(manager, one.handlers, other.handlers, options);
    [one.stream, other.stream] = pair;
    return { ready: () => true, close: () => {} };
  }
  const listener = TcpListener.listen(manager, { host: LOCALHOST, ...options }, (stream) => {
    other.stream = stream;
    return other.handlers;
  });
  const { port } = listener.address;
  one.stream = TcpStream.connect(manager, { port, ...options }, one.handlers);
  return { ready: () => other.stream !== undefined, close: () => listener.close() };
}

function check(sides: [Side, Side], label: string): void {
  const whole = sides.every((side) => !side.broken);
  for (const [i, side] of sides.entries()) {
    const peer = sides[1 - i]!;
    const about = `${side.events}| ${peer.events}| ${label}`;
    assert.match(side.events, ORDER, about);
    assert.not.match(side.events, /end .*data/, about);
    assert.ok(side.received <= peer.written, about);
    assert.is(side.stream.bytesRead, side.received, about);
    for (const name of ['connect', 'finish', 'end', 'error', 'close']) {
      assert.ok(side.events.split(`${name} `).length <= 2, about);
    }
    if (!whole) continue;
    assert.is(side.received, peer.written, about);
    assert.match(side.events, /end /, about);
    assert.match(side.events, /finish /, about);
    assert.not.match(side.events, /error/, about);
  }
}

/** One program. `turn` runs the manager for a while. */
async function play(
  manager: EventManager,
  random: Random,
  label: string,
  turn: () => void | Promise<void>,
): Promise<void> {
  const allowHalfOpen = random(2) === 0;
  const side = () => new Side(random, allowHalfOpen, label);
  const sides: [Side, Side] = [side(), side()];
  const options = {
    edgeTriggered: random(2) === 0,
    allowHalfOpen,
    highWaterMark: 1 + random(100_000),
    readBudget: 1 + random(300_000),
  };
  const { ready, close } = connected(manager, sides, random(2), options);
  const deadline = performance.now() + LIMIT_MS;
  const late = () => performance.now() > deadline;
  while (!ready() && !late()) await turn();
  if (random(2) === 0) for (const { stream } of sides) if (!stream.closed) tinyBuffer(stream);
  for (let steps = random(STEPS_MAX); steps > 0; steps -= 1) {
    const side = sides[random(2)]!;
    if (!side.stream.closed) side.step();
    if (random(3) === 0) await turn();
  }
  for (const side of sides) side.finish();
  while (!sides.every(({ over }) => over)) {
    if (late()) {
      const state = sides.map(({ events, stream }) => `${events}${stream.pending} wait`);
      assert.unreachable(`no end: ${state.join('| ')}, ${label}`);
    }
    // A handler may have paused it since.
    for (const { stream } of sides) if (!stream.closed) stream.resume();
    await turn();
  }
  close();
  check(sides, label);
}

for (const mode of ['blocking', 'attached']) {
  test(`S51 random programs on streams keep to the model, ${mode}`, async () => {
    const seed = Number(process.env.NET_SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`seed ${seed}`);
    const before = openFds();
    for (let i = 0; i < ROUNDS; i += 1) {
      const random = randomFrom(seed + i);
      const errors: unknown[] = [];
      const manager = new EventManager({
        onHandlerError: 'report',
        onError: (error: unknown) => void errors.push(error),
      });
      const attachment = mode === 'attached' ? manager.attach() : undefined;
      const turn = attachment ? () => nextRound() : () => void manager.runWithTimeout(random(2));
      try {
        await play(manager, random, `seed ${seed + i}, ${mode}`, turn);
        assert.equal(errors, []);
      } finally {
        attachment?.[Symbol.dispose]();
        manager.close();
      }
    }
    assert.is(openFds(), before);
  });
}

test('S51 datagrams arrive whole, in order, or not at all, whatever is closed in between', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = randomFrom(seed);
  const before = openFds();
  for (let i = 0; i < ROUNDS; i += 1) {
    using manager = new EventManager();
    let [last, closes] = [-1, 0];
    const target = UdpSocket.open(
      manager,
      { host: LOCALHOST },
      {
        onMessage: (bytes, _from, socket) => {
          const number = bytes.readUInt32LE(0);
          assert.ok(number > last, `seed ${seed}`);
          assert.is(bytes.length, 4 + (number % 1_000), `seed ${seed}`);
          last = number;
          if (random(50) === 0) socket.close();
        },
        onClose: () => void closes++,
      },
    );
    const peer = { host: LOCALHOST, port: target.address.port };
    const source = UdpSocket.open(manager, { host: LOCALHOST, peer }, { onError: () => {} });
    for (let k = 0; k < random(60); k += 1) {
      const bytes = Buffer.alloc(4 + (k % 1_000));
      bytes.writeUInt32LE(k);
      try {
        source.send(bytes);
      } catch (error) {
        assert.is((error as { errno?: number }).errno, -111, `seed ${seed}`);
      }
      if (random(4) === 0) manager.runWithTimeout(0);
    }
    target.close();
    assert.is(closes, 1);
    manager.runWithTimeout(0);
  }
  assert.is(openFds(), before);
});

test.run();
