/**
 * Several threads behind one port: each worker has an event manager and a listening socket of its
 * own, and the kernel spreads the connections over them (SO_REUSEPORT). The main thread is the
 * client; by a remote endpoint of each worker it asks what was served there, and ends it, though
 * the worker is blocked in `runForever` all the time.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  isMainThread,
  type MessagePort,
  parentPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import { EventManager } from 'wasm-event-manager';
import { TcpListener } from 'wasm-event-manager/net';
import { RemoteEndpoint } from 'wasm-event-manager/remote';

const WORKERS = 3;
const CLIENTS = 90;
const HOST = '127.0.0.1';

interface Task {
  name: number;
  /** 0 has the kernel choose. */
  port: number;
}
type Procedures = { served: () => number };

function work({ name, port }: Task): void {
  using manager = new EventManager();
  let served = 0;
  const options = { host: HOST, port, reusePort: true };
  const listener = TcpListener.listen(manager, options, (stream) => ({
    onData: (bytes) => {
      served += 1;
      stream.end(`${name}: ${bytes}`);
    },
  }));
  manager.expose({ served: () => served } satisfies Procedures);
  const control = manager.remoteEndpoint().share();
  parentPort!.postMessage({ control, port: listener.address.port }, [control]);
  manager.runForever();
  listener.close();
}

async function start(task: Task) {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const [{ control, port }] = (await once(worker, 'message')) as [
    { control: MessagePort; port: number },
  ];
  return { worker, port, endpoint: RemoteEndpoint.from<Procedures>(control) };
}

/** Sends a word, and answers which worker has sent it back. */
async function visit(port: number, word: string): Promise<number> {
  const socket = connect(port, HOST);
  socket.write(word);
  const [name, echo] = (await text(socket)).split(': ');
  if (echo !== word) throw new Error(`sent ${word}, got ${echo}`);
  return Number(name);
}

async function main(): Promise<void> {
  const first = await start({ name: 1, port: 0 });
  const others = Array.from({ length: WORKERS - 1 }, (_, i) =>
    start({ name: i + 2, port: first.port }),
  );
  const pool = [first, ...(await Promise.all(others))];
  const visits = Array.from({ length: CLIENTS }, (_, i) => visit(first.port, `client ${i}`));
  const servedBy = await Promise.all(visits);
  for (const [i, { endpoint, worker }] of pool.entries()) {
    const answered = servedBy.filter((name) => name === i + 1).length;
    console.log(`worker ${i + 1}: served ${await endpoint.call('served')}, answered ${answered}`);
    endpoint.stop();
    await once(worker, 'exit');
  }
  console.log(`clients ${CLIENTS}, answered ${servedBy.length}`);
}

if (isMainThread) await main();
else work(workerData as Task);
