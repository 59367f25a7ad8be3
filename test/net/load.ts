/**
 * The other side of an echo server: `node load.js PORT CONNECTIONS MESSAGES [edge]`. Each
 * connection sends messages of random length in chunks of random size, and compares every byte
 * that comes back. Every tenth one reads slowly; every 25th resets the connection in mid-message.
 * Prints what it counted as JSON, and ends with 1 when a byte was wrong or missing.
 */
import { EventManager, interest, TimerFd } from 'wasm-event-manager';
import { TcpStream } from 'wasm-event-manager/net';
import { randomFrom } from '../fixtures/random.js';

const [port, connections, messages] = process.argv.slice(2, 5).map(Number) as [
  number,
  number,
  number,
];
const edgeTriggered = process.argv[5] === 'edge';
const MESSAGE_MAX = 128;
const CHUNK_MAX = 4_096;
const WINDOW = 65_536;
const LIMIT_MS = 60_000;

const random = randomFrom(12_345);
// What is sent, over and over: its length is prime, so that no loss fits into it.
const pattern = Buffer.from(Array.from({ length: 8_191 }, () => random(256)));
const twice = Buffer.concat([pattern, pattern]);
const totals = { completed: 0, reset: 0, bytes: 0, messages: 0, wrong: 0, errors: 0 };
const slow = new Set<TcpStream>();
let open = connections;

using manager = new EventManager({ onHandlerError: 'throw' });

function start(index: number): void {
  let length = 0;
  for (let i = 0; i < messages; i += 1) length += 1 + random(MESSAGE_MAX);
  const resetAt = index % 25 === 24 ? Math.floor(length / 2) : Number.POSITIVE_INFINITY;
  let sent = 0;
  let received = 0;
  let reset = false;
  const send = (stream: TcpStream): void => {
    while (sent < length && sent - received < WINDOW) {
      const size = Math.min(1 + random(CHUNK_MAX), length - sent);
      const from = sent % pattern.length;
      sent += size;
      if (!stream.write(twice.subarray(from, from + size))) return;
    }
    if (sent === length) stream.end();
  };
  TcpStream.connect(
    manager,
    { port, edgeTriggered },
    {
      onConnect: send,
      onDrain: send,
      onData: (bytes, stream) => {
        for (let at = 0; at < bytes.length; ) {
          const from = (received + at) % pattern.length;
          const size = Math.min(bytes.length - at, pattern.length);
          if (bytes.compare(twice, from, from + size, at, at + size) !== 0) totals.wrong += 1;
          at += size;
        }
        received += bytes.length;
        totals.bytes += bytes.length;
        if (received > resetAt) {
          totals.reset += 1;
          reset = true;
          stream.reset();
          return;
        }
        send(stream);
        if (index % 10 === 9) slow.add(stream.pause());
      },
      onError: () => {
        totals.errors += 1;
      },
      onClose: () => {
        open -= 1;
        if (received !== length || reset) return;
        totals.completed += 1;
        totals.messages += messages;
      },
    },
  );
}

using timer = new TimerFd();
timer.set({ everyNs: 2e6 });
interest()
  .read()
  .withFd(timer)
  .withHandler(({ source }) => {
    source.read();
    for (const stream of slow) if (!stream.closed) stream.resume();
    slow.clear();
  })
  .registerInto(manager);

for (let i = 0; i < connections; i += 1) start(i);
const deadline = performance.now() + LIMIT_MS;
while (open > 0 && performance.now() < deadline) manager.runWithTimeout(1_000);
console.log(JSON.stringify({ ...totals, open }));
process.exitCode = totals.wrong === 0 && open === 0 ? 0 : 1;
