import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as delay, setImmediate as nextRound } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nodePair, ourPair, type PairMaker } from './fixtures/duplex-pairs.js';
import { randomFrom } from './fixtures/random.js';

// Each contract is tried on `node:net` too: what its own streams don't keep is no contract.
const MAKERS: [string, PairMaker][] = [
  ['node:net', nodePair],
  ['toDuplex', ourPair],
];
const LIMIT_MS = 10_000;

function onBoth(title: string, body: (make: PairMaker) => Promise<void>): void {
  for (const [name, make] of MAKERS) test(`S51 ${name}: ${title}`, () => body(make));
}

async function until(done: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!done()) {
    assert.ok(performance.now() < deadline, `in vain: ${what}`);
    await delay(1);
  }
}

/** What a stream tells, in order, and what it has read. */
function watch(stream: Duplex) {
  const events: string[] = [];
  for (const name of ['end', 'finish', 'close']) stream.on(name, () => void events.push(name));
  stream.on('error', (error: NodeJS.ErrnoException) => void events.push(`error ${error.code}`));
  return events;
}

/** Reads so much at a time, and waits in between. */
async function readSlowly(stream: Duplex, size: number, waitMs: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const ended = finished(stream, { writable: false }).catch(() => {});
  let done = false;
  void ended.then(() => {
    done = true;
  });
  while (!done) {
    const chunk = (stream.read(size) ?? stream.read()) as Buffer | null;
    if (chunk) chunks.push(chunk);
    await (waitMs > 0 ? delay(waitMs) : nextRound());
  }
  return Buffer.concat(chunks);
}

const numbered = (length: number) => Buffer.from(Array.from({ length }, (_, i) => i % 251));

for (const [size, length, waitMs] of [
  [1_000, 5_000, 5],
  [65_536, 2_000_000, 1],
] as const) {
  onBoth(`a slow reader gets all ${length} bytes of a peer that has ended`, async (make) => {
    const { client, server, close } = await make({ allowHalfOpen: false });
    const [events, others] = [watch(client), watch(server)];
    server.end(numbered(length));
    await delay(20);
    const got = await readSlowly(client, size, waitMs);
    server.resume();
    assert.ok(got.equals(numbered(length)), `${got.length} of ${length}`);
    await until(() => events.includes('close') && others.includes('close'), 'both close');
    assert.equal(events, ['end', 'finish', 'close']);
    assert.equal([...others].sort(), ['close', 'end', 'finish']);
    assert.is(others.at(-1), 'close');
    await close();
  });
}

onBoth("'finish' means that all has gone: destroyed in it, nothing is lost", async (make) => {
  for (const length of [5, 300_000]) {
    const { client, server, close } = await make({ allowHalfOpen: false });
    client.on('finish', () => void client.destroy());
    const events = watch(client);
    client.end(numbered(length));
    const got = await readSlowly(server, 65_536, 0);
    assert.ok(got.equals(numbered(length)), `${got.length} of ${length}`);
    await until(() => events.includes('close'), 'close');
    assert.equal(events, ['finish', 'close']);
    server.destroy();
    await close();
  }
});

onBoth('each side may end first, and the other goes on to write, half-open', async (make) => {
  const { client, server, close } = await make({ allowHalfOpen: true });
  const [events, others] = [watch(client), watch(server)];
  client.end('question');
  assert.is(`${await readSlowly(server, 100, 0)}`, 'question');
  await delay(5);
  assert.equal(others, ['end']);
  server.write(numbered(400_000));
  server.end(numbered(100));
  const got = await readSlowly(client, 10_000, 0);
  assert.is(got.length, 400_100);
  await until(() => events.includes('close') && others.includes('close'), 'both close');
  assert.equal(events, ['finish', 'end', 'close']);
  assert.equal(others, ['end', 'finish', 'close']);
  await close();
});

onBoth("an error destroys with it, once, and 'close' follows", async (make) => {
  const { client, server, close } = await make({ allowHalfOpen: false });
  const events = watch(client);
  const results: boolean[] = [];
  client.write(Buffer.alloc(30_000_000), () => results.push(true));
  client.write('behind it', (error) => results.push(error instanceof Error));
  await delay(5);
  client.destroy(Object.assign(new Error('mine'), { code: 'MINE' }));
  client.destroy(new Error('too late'));
  await until(() => events.includes('close') && results.length === 2, 'close, and both callbacks');
  assert.equal(events, ['error MINE', 'close']);
  assert.equal(results, [true, true]);
  server.destroy();
  await close();
});

onBoth('a peer that is gone is an error of the writer, told once', async (make) => {
  const { client, server, close } = await make({ allowHalfOpen: true });
  const events = watch(client);
  server.on('error', () => {});
  server.destroy();
  await delay(5);
  for (let i = 0; i < 50 && !client.destroyed; i += 1) {
    client.write(Buffer.alloc(1_000));
    await delay(1);
  }
  await until(() => events.includes('close'), 'close');
  assert.is(events.length, 3, `${events}`);
  assert.is(events[0], 'end');
  assert.match(`${events[1]}`, /^error (EPIPE|ECONNRESET)$/);
  assert.is(events[2], 'close');
  await close();
});

onBoth("one who never reads hears 'end' too, where there is nothing to read", async (make) => {
  const { client, server, close } = await make({ allowHalfOpen: false });
  const events = watch(client);
  server.end();
  await until(() => events.includes('close'), 'close');
  assert.equal(events, ['end', 'finish', 'close']);
  server.destroy();
  await close();
});

/** One side of a random program: writes, waits, ends or is destroyed, and reads as it likes. */
async function play(
  stream: Duplex,
  random: (below: number) => number,
): Promise<{ sent: number; called: number; failed: number; got: number; destroyed: boolean }> {
  const result = { sent: 0, called: 0, failed: 0, got: 0, destroyed: false };
  const slow = random(3) === 0;
  stream.on('data', (chunk: Buffer) => {
    for (const byte of chunk) assert.is(byte, result.got++ % 251);
    if (!slow) return;
    stream.pause();
    setTimeout(() => void stream.resume(), random(3));
  });
  const steps = random(12);
  let at = 0;
  for (let i = 0; i < steps && !stream.destroyed; i += 1) {
    const length = random(4) === 0 ? random(300_000) : random(3_000);
    const bytes = Buffer.from(Array.from({ length }, (_, k) => (at + k) % 251));
    at += length;
    result.sent += 1;
    const more = stream.write(bytes, (error) => {
      result.called += 1;
      if (error) result.failed += 1;
    });
    if (!more && random(2) === 0) await delay(random(4));
    else if (random(2) === 0) await nextRound();
    if (random(40) === 0) {
      result.destroyed = true;
      stream.destroy();
    }
  }
  if (!stream.destroyed) stream.end();
  return Object.assign(result, { length: at });
}

onBoth('random programs: nothing is lost that was not destroyed', async (make) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = randomFrom(seed);
  const label = `seed ${seed}`;
  for (let i = 0; i < 25; i += 1) {
    const pair = await make({ allowHalfOpen: random(2) === 0 });
    const sides = [pair.client, pair.server];
    const events = sides.map(watch);
    const results = await Promise.all(sides.map((side) => play(side, random)));
    const quiet = results.every(({ destroyed }) => !destroyed);
    // A destroyed side may leave the other one waiting, half-open.
    await until(
      () => events.some((each) => each.includes('close')) && (!quiet || events.every(isOver)),
      `the end, ${label}`,
    );
    for (const side of sides) side.destroy();
    await until(() => events.every(isOver), `both close, ${label}`);
    for (const each of events) {
      assert.is(each.at(-1), 'close', label);
      assert.is(new Set(each).size, each.length, `${each}, ${label}`);
    }
    await until(() => results.every((each) => each.called === each.sent), `callbacks, ${label}`);
    if (quiet) {
      const [one, other] = results as unknown as { length: number; got: number; failed: number }[];
      assert.equal([one!.got, other!.got], [other!.length, one!.length], label);
      assert.equal([one!.failed, other!.failed], [0, 0], label);
      for (const each of events) assert.equal([...each].sort(), ['close', 'end', 'finish'], label);
    }
    await pair.close();
  }
});

const isOver = (events: string[]) => events.includes('close');

test.run();
