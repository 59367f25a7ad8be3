import { setImmediate as nextRound } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { drain, TcpStream, toDuplex, toWeb, UnixStream } from 'wasm-event-manager/net';
import { listening } from './fixtures/sockets.js';

test('drain reads by a budget, and an edge-triggered fd comes again', () => {
  const seen: number[] = [];
  let rearmed = 0;
  using manager = new EventManager();
  const [one, other] = UnixStream.pair(manager);
  one.write(Buffer.alloc(150_000));
  other.pause();
  const ops = {
    rearm: () => {
      rearmed += 1;
    },
  };
  const take = (bytes: Buffer) => void seen.push(bytes.length);
  assert.is(drain(other, ops, take, { budget: 100_000 }), 'budget');
  assert.is(rearmed, 1);
  assert.is(drain(other, ops, take), 'empty');
  assert.is(
    seen.reduce((a, b) => a + b, 0),
    150_000,
  );
  assert.is(
    drain(other, ops, () => false),
    'empty',
  );
  one.write('x');
  assert.is(
    drain(other, ops, () => false),
    'stopped',
  );
  one.end();
  assert.is(drain(other, ops, take), 'end');
  assert.throws(() => drain(other, ops, take, { budget: 0 }), RangeError);
});

test('in Node, a stream is a Duplex or a pair of web streams', async () => {
  using manager = new EventManager();
  using _attachment = manager.attach();
  const { accepted, port } = listening(manager, {
    onData: (bytes, stream) => {
      if (!stream.write(bytes)) stream.pause();
    },
    onDrain: (stream) => void stream.resume(),
  });
  const sent = Buffer.alloc(1_000_000, 'to and fro ');
  const duplex = toDuplex(TcpStream.connect(manager, { port }));
  duplex.end(sent);
  const chunks: Buffer[] = [];
  for await (const chunk of duplex) chunks.push(chunk as Buffer);
  assert.ok(Buffer.concat(chunks).equals(sent));
  const { readable, writable } = toWeb(TcpStream.connect(manager, { port }));
  const writer = writable.getWriter();
  await writer.write(Buffer.from('web'));
  await writer.close();
  assert.is(await new Response(readable).text(), 'web');
  for (let i = 0; i < 1_000 && accepted.some((stream) => !stream.closed); i += 1) await nextRound();
  assert.ok(accepted.every((stream) => stream.closed));
});

test('S51 a slow reader of a web stream gets all that came before the end', async () => {
  using manager = new EventManager();
  using _attachment = manager.attach();
  const sent = Buffer.alloc(500_000, 'all of it ');
  const [one, other] = UnixStream.pair(manager, {}, {}, { allowHalfOpen: true });
  const { readable } = toWeb(one);
  other.end(sent);
  let length = 0;
  for await (const chunk of readable) {
    length += chunk.length;
    await nextRound();
  }
  assert.is(length, sent.length);
});

test('S51 each half of a web stream ends by itself, and fails with the other', async () => {
  using manager = new EventManager();
  using _attachment = manager.attach();
  const received: string[] = [];
  const [one, other] = UnixStream.pair(
    manager,
    {},
    { onData: (bytes) => void received.push(`${bytes}`) },
    { allowHalfOpen: true },
  );
  const { readable, writable } = toWeb(one);
  const writer = writable.getWriter();
  await writer.write(Buffer.from('question'));
  await writer.close();
  for (let i = 0; i < 1_000 && !other.readEnded; i += 1) await nextRound();
  assert.equal(received, ['question']);
  other.end('answer');
  assert.is(await new Response(readable).text(), 'answer');
  const [mine] = UnixStream.pair(manager, {}, {}, { allowHalfOpen: true });
  const web = toWeb(mine);
  await web.readable.cancel(new Error('enough'));
  assert.is(mine.closed, true);
  let failed = false;
  await web.writable.getWriter().closed.catch(() => {
    failed = true;
  });
  assert.ok(failed);
});

test.run();
