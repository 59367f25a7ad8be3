/**
 * Several epoll sets on one fd: each worker has a poll of its own, and all of them watch the same
 * queue of jobs, which is a counter. Without EXCLUSIVE every job would wake every worker; with it
 * the kernel wakes one, or a few, of those that sleep. Who wins the read has the job.
 */
import { readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EventFd, EventSet } from 'wasm-event-manager';
import { Events, Interest, Poll, Token } from 'wasm-event-manager/poll';

const WORKERS = 3;
const JOBS = 200;
const [JOB, STOP] = [Token(0), Token(1)];

interface Shared {
  jobs: number;
  stop: number;
  exclusive: boolean;
  /** How many are ready to work. */
  ready: Int32Array;
}
interface Report {
  done: number;
  inVain: number;
}

function work({ jobs, stop, exclusive, ready }: Shared): Report {
  using poll = new Poll();
  const interest = exclusive ? Interest.READABLE.exclusive() : Interest.READABLE;
  poll.registry.register(jobs, JOB, interest);
  poll.registry.register(stop, STOP, EventSet.IN);
  const events = new Events(4);
  const report: Report = { done: 0, inVain: 0 };
  Atomics.add(ready, 0, 1);
  for (;;) {
    poll.poll(events, 10_000);
    if (events.isEmpty) throw new Error('nothing came for ten seconds');
    for (const { token } of events) {
      if (token === STOP) return report;
      if (takeOne(jobs)) report.done += 1;
      else report.inVain += 1;
    }
  }
}

/** Takes one off a semaphore; false where another was faster. An EventFd here would own the fd. */
function takeOne(fd: number): boolean {
  try {
    return readSync(fd, new BigUint64Array(1)) === 8;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}

async function run(exclusive: boolean): Promise<void> {
  using jobs = new EventFd(0, { semaphore: true });
  using stop = new EventFd();
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const shared: Shared = { jobs: jobs.fd, stop: stop.fd, exclusive, ready };
  const reports = Array.from({ length: WORKERS }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: shared });
    return new Promise<Report>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  for (let i = 0; i < 1_000 && Atomics.load(ready, 0) < WORKERS; i += 1) await setTimeout(5);
  for (let i = 0; i < JOBS; i += 1) {
    jobs.write();
    await setTimeout(1);
  }
  await setTimeout(50);
  stop.write();
  const all = await Promise.all(reports);
  const shares = all.map(({ done }) => done);
  const handled = shares.reduce((a, b) => a + b, 0);
  const inVain = all.reduce((sum, report) => sum + report.inVain, 0);
  const how = exclusive ? 'EXCLUSIVE' : 'everybody';
  console.log(
    `${how}: ${JOBS} jobs, handled ${handled} (${shares.join(' + ')}), woken in vain ${inVain}`,
  );
}

if (isMainThread) {
  await run(false);
  await run(true);
} else parentPort!.postMessage(work(workerData as Shared));
