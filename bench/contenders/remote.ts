import { parentPort, workerData } from 'node:worker_threads';
import { EventManager } from 'wasm-event-manager';

// The side that is called, one kind for each worker: see remote.ts next door.

/** Words that the caller and the pong share. */
export const PING = 0;
export const PONG = 1;

const add = (a: number, b: number) => a + b;

function serveOurs(): void {
  const manager = new EventManager();
  manager.expose({ add: (_ops, a: number, b: number) => add(a, b) });
  const port = manager.remoteEndpoint().share();
  parentPort!.postMessage(port, [port]);
  manager.runForever();
  manager.close();
}

async function serveComlink(comlink: string, adapter: string): Promise<void> {
  const { expose } = await import(comlink);
  const { default: nodeEndpoint } = await import(adapter);
  expose({ add }, nodeEndpoint(parentPort));
  parentPort!.postMessage('ready');
}

/** Until it is pinged with a negative number. */
function servePong(words: Int32Array): void {
  parentPort!.postMessage('ready');
  for (let last = 0; ; ) {
    Atomics.wait(words, PING, last);
    last = Atomics.load(words, PING);
    if (last < 0) return;
    Atomics.store(words, PONG, last);
    Atomics.notify(words, PONG);
  }
}

if (workerData?.kind === 'ours') serveOurs();
if (workerData?.kind === 'comlink') await serveComlink(workerData.comlink, workerData.adapter);
if (workerData?.kind === 'atomics') servePong(workerData.words);
