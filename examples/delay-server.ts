/**
 * A server that takes its time: `GET /<delay in ms>/<text>` is answered with the text, after the
 * delay. Many requests wait at once, on one thread, each for its own alert.
 *
 *     node delay-server.js [PORT] [BYTES]
 *
 * With BYTES each answer is padded to so many: more than a socket takes at once, so that the rest
 * waits for EAGAIN to pass.
 */
import { EventManager } from 'wasm-event-manager';
import { LiveClock } from 'wasm-event-manager/clock';
import { type StreamHandlers, TcpListener, type TcpStream } from 'wasm-event-manager/net';

const [port = 0, padding = 0] = process.argv.slice(2).map(Number);
const REQUEST_MAX = 8_192;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

using manager = new EventManager({ onHandlerError: 'report' });
const clock = new LiveClock(manager);
let requests = 0;

function answer(stream: TcpStream, status: string, text: string): void {
  if (stream.closed) return;
  const body = text.padEnd(padding, '.');
  stream.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function serve(stream: TcpStream, head: string): void {
  const [, delayMs, text] = /^GET \/(\d{1,6})\/(\S*) HTTP\//.exec(head) ?? [];
  if (delayMs === undefined || text === undefined) {
    answer(stream, '400 Bad Request', 'GET /<delay in ms>/<text>');
    return;
  }
  requests += 1;
  console.log(`${requests}: ${text} in ${delayMs} ms`);
  const time = clock.timestampNs() + BigInt(delayMs) * NANOSECONDS_PER_MILLISECOND;
  clock.setTimeAlert(`request ${requests}`, time, {
    allowPast: true,
    handler: () => answer(stream, '200 OK', text),
  });
}

/** A request comes in any number of pieces, and ends with an empty line. */
function receive(stream: TcpStream): StreamHandlers<TcpStream> {
  let head = '';
  return {
    onData: (bytes) => {
      const served = head.includes('\r\n\r\n');
      head += bytes.toString('latin1');
      if (served) return;
      if (head.includes('\r\n\r\n')) serve(stream, head);
      else if (head.length > REQUEST_MAX) answer(stream, '431 Too Large', 'that was too much');
    },
    onError: (error) => console.error(error.message),
  };
}

const options = { host: '127.0.0.1', port, allowHalfOpen: true };
const { address } = TcpListener.listen(manager, options, receive);
console.log(`listening on ${address.address}:${address.port}`);
manager.runForever();
