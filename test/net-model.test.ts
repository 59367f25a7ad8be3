import { createRequire } from 'node:module';
import { setImmediate as nextRound } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import {
  type StreamHandlers,
  type StreamOptions,
  type StreamSocket,
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixStream,
} from 'wasm-event-manager/net';
import { randomFrom } from './fixtures/random.js';
import { LOCALHOST, openFds } from './fixtures/sockets.js';

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
const PERIOD = 251;

type Random = (below: number) => number;

/** One side, and what the model knows of it. */
class Side {
  stream!: StreamSocket;
  events = '';
  written = 0;
  received = 0;
  /** Closed or reset by the program. */
  broken = false;
  ended = false;
  full = false;
  readonly #random: Random;
  readonly #label: string;
  readonly #halfOpen: boolean;

  constructor(random: Random, halfOpen: boolean, label: string) {
    this.#random = random;
    this.#halfOpen = halfOpen;
    this.#label = label;
  }

  readonly handlers: StreamHandlers<StreamSocket> = {
    onConnect: () => this.#note('connect'),
    onData: (bytes) => {
      for (const byte of bytes) if (byte !== this.received++ % PERIOD) this.#wrong('byte');
      this.#note('data');
    },
    onEnd: () => this.#note('end'),
    onFinish: () => {
      if (this.stream.pending > 0) this.#wrong('finish before all is sent');
      this.#note('finish');
    },
    onDrain: () => {
      if (!this.full || this.stream.pending > 0) this.#wrong('drain');
      this.full = false;
      this.#note('drain');
    },
    onError: () => this.#note('error'),
    onClose: () => this.#note('close'),
  };

  get over(): boolean {
    return this.events.endsWith('close ');
  }

  step(): void {
    const random = this.#random;
    const { stream } = this;
    const choice = random(100);
    if (choice < 45) this.write(random(5) === 0 ? random(200_000) : random(2_000));
    else if (choice < 60) stream.pause();
    else if (choice < 80) stream.resume();
    else if (choice < 84) this.end();
    else if (choice < 86 && random(4) === 0) this.#end(() => stream.reset());
    else if (choice < 88 && random(4) === 0) this.#end(() => stream.close());
  }

  write(length: number): void {
    const { stream, written } = this;
    // Where it isn't half-open, the peer's end is ours too.
    if (stream.closed || this.ended || (!this.#halfOpen && this.events.includes('end '))) return;
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i += 1) bytes[i] = (written + i) % PERIOD;
    const before = stream.bytesWritten + stream.pending;
    const more = stream.write(bytes);
    // A stream that has failed takes nothing.
    this.written += stream.bytesWritten + stream.pending - before;
    if (!more && !stream.closed) this.full = true;
    bytes.fill(255); // They are ours again.
  }

  end(): void {
    this.ended = true;
    this.stream.end();
  }

  finish(): void {
    this.stream.resume();
    this.end();
  }

  #end(by: () => void): void {
    this.broken = true;
    by();
  }

  #note(what: string): void {
    if (this.over) this.#wrong(`${what} after close`);
    if (!(what === 'data' && this.events.endsWith('data '))) this.events += `${what} `;
    // Handlers do what the program does.
    if (what !== 'close' && this.#random(6) === 0) this.step();
  }

  #wrong(what: string): never {
    assert.unreachable(`${what}: ${this.events}, ${this.#label}`);
    throw new Error(what);
  }
}

/** The least that the kernel allows. A tiny buffer to receive has TCP wait for its timers instead. */
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
        assert.is((error as { errno?: number }).errno, 111, `seed ${seed}`);
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
