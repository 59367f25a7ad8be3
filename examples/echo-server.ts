/**
 * An echo server: `node echo-server.js PORT` for TCP, `node echo-server.js PATH` for a Unix socket.
 * One thread, blocking, no promises; a reader that is too slow is read from no faster.
 */
import { EventManager } from 'wasm-event-manager';
import {
  type StreamHandlers,
  type StreamSocket,
  TcpListener,
  UnixListener,
} from 'wasm-event-manager/net';

const where = process.argv[2] ?? '0';
using manager = new EventManager();

// One object for all connections: the stream is the second argument.
const echo: StreamHandlers<StreamSocket> = {
  onData: (bytes, stream) => {
    if (!stream.write(bytes)) stream.pause();
  },
  onDrain: (stream) => void stream.resume(),
  onError: (error) => console.error(error.message),
};

if (/^\d+$/.test(where)) {
  const options = { host: '127.0.0.1', port: Number(where) };
  const { address } = TcpListener.listen(manager, options, () => echo);
  console.log(`listening on ${address.address}:${address.port}`);
} else {
  const { path } = UnixListener.listen(manager, { path: where }, () => echo);
  console.log(`listening on ${path}`);
}

manager.runForever();
