import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

const WARM_UP = 20;
const WORKERS = 60;

/**
 * MB that stay behind each worker that has loaded koffi and nothing else. koffi keeps what it makes
 * for a thread when the thread ends; an empty worker leaves nothing. A soak in which workers come
 * and go has that taken off its rss.
 */
export async function keptByKoffi(): Promise<number> {
  const path = createRequire(import.meta.url).resolve('koffi');
  const start = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      await once(new Worker(`require(${JSON.stringify(path)})`, { eval: true }), 'exit');
    }
    (globalThis as { gc?: () => void }).gc?.();
    return process.memoryUsage().rss / 1e6;
  };
  const before = await start(WARM_UP);
  return Math.max(0, ((await start(WORKERS)) - before) / WORKERS);
}
