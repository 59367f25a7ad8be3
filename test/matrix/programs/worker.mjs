// A worker calls a procedure of a manager that is blocked in run.
import { Worker } from 'node:worker_threads';
import { EventManager } from 'wasm-event-manager';

const manager = new EventManager();
let answer;
manager.expose({
  add: (_ops, a, b) => a + b,
  done: (_ops, sum) => {
    answer = sum;
    manager.stop();
  },
});
const port = manager.remoteEndpoint().share();
const program = `
  import { workerData } from 'node:worker_threads';
  import { RemoteEndpoint } from 'wasm-event-manager/remote';
  const endpoint = RemoteEndpoint.from(workerData);
  endpoint.fire('done', endpoint.callBlocking('add', [1, 2], { timeout: 10_000 }));`;
const options = { workerData: port, transferList: [port] };
const file = new URL('./worker-side.mjs', import.meta.url);
const { writeFileSync } = await import('node:fs');
writeFileSync(file, program);
const worker = new Worker(file, options);
worker.on('error', (error) => {
  throw error;
});
const end = performance.now() + 20_000;
while (answer === undefined && performance.now() < end) {
  manager.runWithTimeout(50);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
if (answer !== 3) throw new Error(`answered ${answer}`);
await worker.terminate();
manager.close();
console.log('works');
