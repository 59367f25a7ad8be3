/** Two workers that fetch their jobs from one thread, and bring the results. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { EventManager } from 'wasm-event-manager';
import { RemoteEndpoint } from 'wasm-event-manager/remote';

if (isMainThread) {
  const manager = new EventManager();
  const jobs = Array.from({ length: 20 }, (_, i) => i);
  const squares: number[] = [];
  manager.expose({ next: () => jobs.pop() ?? null, done: (_, n: number) => void squares.push(n) });
  const ends = [1, 2].map(() => {
    const port = manager.remoteEndpoint().share();
    const worker = new Worker(new URL(import.meta.url), { workerData: port, transferList: [port] });
    return new Promise((resolve) => worker.once('exit', resolve));
  });
  manager.attach().unref();
  await Promise.all(ends);
  console.log(squares.length, 'squares up to', Math.max(...squares));
  manager.close();
} else {
  const endpoint = RemoteEndpoint.from(workerData);
  for (let job = await endpoint.call('next'); job !== null; job = await endpoint.call('next')) {
    endpoint.fire('done', Number(job) ** 2);
  }
}
