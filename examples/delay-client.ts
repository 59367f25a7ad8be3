/**
 * Five requests to the delay server, all at once, the first with the longest delay: the answers
 * come in the reverse order. `node delay-client.js PORT [EDGE]` prints them as they come, and ends.
 */
import { EventManager } from 'wasm-event-manager';
import { TcpStream } from 'wasm-event-manager/net';

const REQUESTS = 5;
const STEP_MS = 100;
const port = Number(process.argv[2]);
const edgeTriggered = process.argv[3] === 'edge';
const started = performance.now();

using manager = new EventManager();
let left = REQUESTS;

for (let i = 0; i < REQUESTS; i += 1) {
  const delayMs = (REQUESTS - i) * STEP_MS;
  const chunks: Buffer[] = [];
  TcpStream.connect(
    manager,
    { port, edgeTriggered },
    {
      onConnect: (stream) => {
        stream.write(`GET /${delayMs}/request-${i} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      },
      // The bytes are good for the call only: what is kept is copied.
      onData: (bytes) => void chunks.push(Buffer.from(bytes)),
      onEnd: () => {
        const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
        const ms = (performance.now() - started).toFixed(0).padStart(4);
        const [status] = head.split('\r\n');
        console.log(`${ms} ms  ${status}  ${body.length} bytes  ${body.replace(/\.+$/, '')}`);
      },
      onError: (error) => {
        console.error(error.message);
        process.exitCode = 1;
      },
      onClose: () => {
        left -= 1;
        if (left === 0) manager.stop();
      },
    },
  );
}

manager.runForever();
