import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { AdoptedFd, EventManager, interest } from 'wasm-event-manager';
import { TcpListener } from 'wasm-event-manager/net';

// An echo server, ours or that of `node:net`. It prints its port, and answers each line on standard
// input with the user CPU time that it has taken, in microseconds.

const HOST = '127.0.0.1';
const say = (value: number) => writeSync(1, `${value}\n`);
const tellCpu = () => say(process.cpuUsage().user);

function ours(): void {
  const manager = new EventManager();
  const { address } = TcpListener.listen(manager, { host: HOST }, () => ({
    onData: (bytes, stream) => {
      if (!stream.write(bytes)) stream.pause();
    },
    onDrain: (stream) => void stream.resume(),
    // Its client goes away in mid-message.
    onError: () => {},
  }));
  const input = new AdoptedFd(0);
  const buffer = Buffer.alloc(64);
  interest()
    .read()
    .withFd(input)
    .withHandler(() => {
      if (input.read(buffer) === 0) manager.stop();
      else tellCpu();
    })
    .registerInto(manager);
  say(address.port);
  manager.runForever();
}

function node(): void {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('error', () => {});
  });
  server.listen(0, HOST, 2_048, () => say((server.address() as { port: number }).port));
  process.stdin.on('data', tellCpu).on('end', () => process.exit());
}

if (process.argv[2] === 'ours') ours();
else node();
