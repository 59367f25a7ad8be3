import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  EventManagerError,
  type HandlerContext,
  interest,
  pipe,
  readLines,
} from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';
import { TcpListener, TcpStream, UnixListener, UnixStream } from 'wasm-event-manager/net';

const HOST = '127.0.0.1';
const test = suite<{ manager: EventManager }>('awaiting');
test.before.each((world) => {
  world.manager = new EventManager();
  world.manager.attach();
});
test.after.each(({ manager }) => manager.close());

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
}

test('a stream is awaited until it is connected, with no handler for errors', async ({
  manager,
}) => {
  const listener = TcpListener.listen(manager, { host: HOST }, () => ({}));
  const { port } = listener.address;
  const stream = await TcpStream.connect(manager, { port }).connected;
  assert.not(stream.connecting || stream.closed);
  assert.is(await stream.connected, stream);
  listener.close();
  assert.is(await codeOf(TcpStream.connect(manager, { port }).connected), 'ECONNREFUSED');
  const late = TcpStream.connect(manager, { port: 1, resolver: () => [], host: 'x' });
  assert.is(await codeOf(late.connected), 'ERR_NAME_NOT_RESOLVED');
  const [one] = UnixStream.pair(manager);
  assert.is(await one.connected, one);
  one.close();
  assert.is(await codeOf(one.connected), 'ERR_CLOSED');
});

test('an onError hears of it as well', async ({ manager }) => {
  const told: unknown[] = [];
  const path = '/no/such/socket';
  const stream = UnixStream.connect(
    manager,
    { path },
    { onError: (error) => told.push(error.code) },
  );
  assert.is(await codeOf(stream.connected), 'ENOENT');
  assert.equal(told, ['ENOENT']);
});

test('streams of a listener come one by one, and end with it', async ({ manager }) => {
  const listener = UnixListener.listen(manager, { path: `\0awaiting ${process.pid}` });
  const { path } = listener;
  for (let i = 0; i < 100; i += 1) UnixStream.connect(manager, { path }).end(`${i}`);
  const seen: string[] = [];
  for await (const stream of listener) {
    const text = await new Promise<string>((resolve) => {
      let all = '';
      stream.handle({
        onData: (bytes) => {
          all += bytes;
        },
        onEnd: () => resolve(all),
      });
    });
    seen.push(text);
    if (seen.length === 100) listener.close();
  }
  assert.equal(
    seen.sort((a, b) => Number(a) - Number(b)),
    [...Array(100).keys()].map(String),
  );
  const served = TcpListener.listen(manager, { host: HOST }, () => ({}));
  assert.throws(() => served[Symbol.asyncIterator](), /without an acceptor/);
});

test('a listener that drains waits for its streams, and no longer than it is told', async ({
  manager,
}) => {
  const listener = TcpListener.listen(manager, { host: HOST }, () => ({}));
  const { port } = listener.address;
  const stream = await TcpStream.connect(manager, { port }).connected;
  while (listener.connections === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.is(await codeOf(listener.close({ drain: true, timeoutMs: 1 })), 'ERR_TIMED_OUT');
  assert.ok(listener.closed && !stream.closed);
  const drained = listener.close({ drain: true });
  stream.end();
  await drained;
  assert.is(listener.connections, 0);
  await listener.close({ drain: true, timeoutMs: 0 });
});

test('lines come out of any fd, however they are cut', async ({ manager }) => {
  const { reader, writer } = pipe();
  const bytes = Buffer.from('one\r\ntwö\n\nfour\nrest');
  const feed = async () => {
    for (const byte of bytes) {
      writer.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    writer.close();
  };
  const fed = feed();
  const seen: string[] = [];
  for await (const line of readLines(manager, reader)) seen.push(line);
  await fed;
  assert.equal(seen, ['one', 'twö', '', 'four', 'rest']);
  reader.close();
});

test('a line without an end is refused, and a signal ends the reading', async ({ manager }) => {
  const { reader, writer } = pipe();
  writer.write('x'.repeat(11));
  const long = readLines(manager, reader, { lengthMax: 10 });
  assert.is(await codeOf(long.next()), 'ERR_LIMIT_EXCEEDED');
  const controller = new AbortController();
  const aborted = readLines(manager, reader, { signal: controller.signal }).next();
  controller.abort(new EventManagerError('ERR_CLOSED', 'enough'));
  assert.is(await codeOf(aborted), 'ERR_CLOSED');
  reader.close();
  writer.close();
});

test('a test clock goes a long way without keeping the events', () => {
  const clock = new TestClock();
  let calls = 0;
  const handler = () => {
    calls += 1;
  };
  clock.setTimer('tick', 10n, { handler });
  assert.is(clock.advanceTo(10_000n), 1_000);
  assert.is(clock.timestampNs(), 10_000n);
  assert.is(clock.advanceTime(10_020n).length, 2);
  assert.is(calls, 1_002);
  assert.throws(() => clock.advanceTo(5n), RangeError);
});

test("S39: NATS's '>' is refused, with what is meant", () => {
  using bus = new MessageBus();
  for (const pattern of ['a.>', '>']) {
    assert.throws(() => bus.subscribe(pattern, () => {}), /`\*` is any run here.*"(a\.)?\*"/);
  }
  bus.subscribe('a>b', () => {});
  assert.equal(bus.patterns, ['a>b']);
});

test("a handler's context may be kept", () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  const kept: HandlerContext[] = [];
  const registration = interest()
    .read()
    .withFd(bell)
    .withHandler((context) => void kept.push(context))
    .registerInto(manager);
  manager.run();
  manager.inject(registration.id, kept[0]!.events);
  manager.run();
  assert.ok(kept.length >= 2);
  assert.not(kept[0] === kept[1] || kept[0]!.events === kept[1]!.events);
  assert.is(kept[0]!.source, bell);
  registration.remove();
  assert.equal([kept[0]!.fd, kept[0]!.registration], [bell.fd, registration]);
});

test.run();
