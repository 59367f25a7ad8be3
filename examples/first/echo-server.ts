/** Sends back what it receives, and ends in peace: `node echo-server.js [PORT]`. */
import { EventManager } from 'wasm-event-manager';
import { TcpListener } from 'wasm-event-manager/net';

const manager = new EventManager();
const port = Number(process.argv[2] ?? 0);
const listener = TcpListener.listen(manager, { port }, (stream) => ({
  onData: (bytes) => {
    if (!stream.write(bytes)) stream.pause();
  },
  onDrain: () => void stream.resume(),
  onError: (error) => console.error(error.message),
}));
manager.attach();
console.log('listening on', listener.address.port);
process.once('SIGTERM', async () => {
  await listener.close({ drain: true, timeoutMs: 1_000 });
  manager.close();
  console.log('served', listener.accepted);
});
