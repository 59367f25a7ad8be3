import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Ground, Load } from './load.js';

const PROGRAM = new URL('./worker.js', import.meta.url);
/** A worker comes and goes in one of so many steps. */
const EVERY = 60;
/** Calls that the lasting worker makes in a step. */
const CALLS = 8;

/** Calls from a worker that stays, and workers that come, call, and end or are terminated. */
export function threadLoad({ manager, random, onWorkerEnd }: Ground): Load {
  const counts = { asked: 0, answered: 0, started: 0, ended: 0 };
  let steps = 0;
  manager.expose({
    add: (_ops: unknown, a: number, b: number) => a + b,
    later: async (_ops: unknown, value: string) => `${value}, later`,
  });
  const endpoint = manager.remoteEndpoint();
  const start = (kind: string) => {
    const port = endpoint.share();
    return new Worker(PROGRAM, { workerData: { kind, port }, transferList: [port] });
  };
  const lasting = start('lasting');
  lasting.on('message', (answered: number) => {
    counts.answered += answered;
  });

  function passing(): void {
    counts.started += 1;
    const worker = start('passing');
    worker.once('exit', () => {
      counts.ended += 1;
      onWorkerEnd();
    });
    // Some are terminated, in the middle or when they have ended. Not before they are ready: a
    // process ends whose worker is terminated while it loads koffi.
    if (random() >= 0.5) return;
    const delayMs = random() * 200;
    worker.once('message', () => setTimeout(() => void worker.terminate(), delayMs));
  }

  return {
    name: 'threads',
    idle: () => counts.asked === counts.answered && counts.started === counts.ended,
    step() {
      steps += 1;
      counts.asked += CALLS;
      lasting.postMessage(CALLS);
      if (steps % EVERY === 0) passing();
    },
    sums: () => ({
      'calls answered': [counts.asked, counts.answered],
      'workers ended': [counts.started, counts.ended],
    }),
    async close() {
      const ended = once(lasting, 'exit');
      lasting.postMessage(0);
      await ended;
      endpoint.close();
    },
  };
}
