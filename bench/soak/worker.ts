import { parentPort, workerData } from 'node:worker_threads';
import { EventFd, EventManager, interest } from 'wasm-event-manager';
import { RemoteEndpoint } from 'wasm-event-manager/remote';

// A thread of the soak, which calls its main thread: see threads.ts.

const { kind, port } = workerData;
const endpoint = RemoteEndpoint.from(port);

function check(answer: unknown, wanted: unknown): void {
  if (answer !== wanted) throw new Error(`the answer was ${answer}, and not ${wanted}`);
}

async function calls(count: number): Promise<number> {
  for (let i = 0; i < count; i += 1) {
    if (i % 4 === 0) check(await endpoint.call('later', `${i}`), `${i}, later`);
    else if (i % 4 === 1) check(endpoint.callBlocking('add', [i, 1], { timeout: 60_000 }), i + 1);
    else check(await endpoint.call('add', i, 1), i + 1);
  }
  return count;
}

if (kind === 'lasting') {
  parentPort!.on('message', async (count: number) => {
    if (count > 0) return parentPort!.postMessage(await calls(count));
    endpoint.close();
    parentPort!.close();
  });
} else {
  parentPort!.postMessage('ready');
  const manager = new EventManager();
  const bell = new EventFd();
  manager.attach();
  const builder = interest().read().withOwned(bell);
  builder.withHandler(({ source }) => void source.read()).registerInto(manager);
  bell.write(1n);
  await calls(8);
  manager.close();
  endpoint.close();
}
