/**
 * One epoll set, several threads: each waits for the same doorbells, and ONE_SHOT gives every event
 * to one of them only. Who has it reads, works, and arms the bell again; meanwhile the others take
 * what else there is. At the end everybody tells what it has done.
 */
import { readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EventFd, EventSet } from 'wasm-event-manager';
import { Events, Interest, Poll, type SharedEpollSet, Token } from 'wasm-event-manager/poll';

const WORKERS = 3;
const BELLS = 8;
const RINGS = 400;
const STOP = Token(BELLS);
const ONCE = Interest.READABLE.oneShot();

interface Shared {
  set: SharedEpollSet;
  fds: number[];
  /** How many are ready to work. */
  ready: Int32Array;
}

/** What one worker has done: rings taken, by bell, and how often it was called for nothing. */
interface Report {
  taken: number[];
  inVain: number;
}

function work({ set, fds, ready }: Shared): Report {
  using poll = Poll.from(set);
  const events = new Events(4);
  const report: Report = { taken: fds.map(() => 0), inVain: 0 };
  Atomics.add(ready, 0, 1);
  for (;;) {
    poll.poll(events, 10_000);
    if (events.isEmpty) throw new Error('nothing came for ten seconds');
    for (const { token } of events) {
      if (token === STOP) return report;
      const rings = readCounter(fds[token]!);
      if (rings === 0) report.inVain += 1;
      report.taken[token]! += rings;
      // What the work is here takes a millisecond.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      // What has come meanwhile is told at once.
      poll.registry.reregister(fds[token]!, token, ONCE);
    }
  }
}

/** Takes an eventfd's counter; 0 where another was faster. An EventFd here would own the fd. */
function readCounter(fd: number): number {
  const counter = new BigUint64Array(1);
  try {
    readSync(fd, counter);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return Number(counter[0]);
}

async function main(): Promise<void> {
  using poll = new Poll();
  const bells = Array.from({ length: BELLS }, () => new EventFd());
  for (const [i, bell] of bells.entries()) poll.registry.register(bell, Token(i), ONCE);
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const shared: Shared = { set: poll.share(), fds: bells.map(({ fd }) => fd), ready };
  const reports = Array.from({ length: WORKERS }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: shared });
    return new Promise<Report>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  for (let i = 0; i < 1_000 && Atomics.load(ready, 0) < WORKERS; i += 1) await setTimeout(5);
  for (let i = 0; i < RINGS; i += 1) {
    bells[i % BELLS]!.write();
    if (i % 4 === 0) await setTimeout(1);
  }
  await setTimeout(100);
  // Level-triggered and never read: everybody sees it.
  using stop = new EventFd(1);
  poll.registry.register(stop, STOP, EventSet.IN);
  const done = await Promise.all(reports);
  for (const [i, { taken, inVain }] of done.entries()) {
    const sum = taken.reduce((a, b) => a + b, 0);
    console.log(`worker ${i + 1}: ${sum} rings (${taken.join(' ')}), ${inVain} in vain`);
  }
  const total = done.flatMap(({ taken }) => taken).reduce((a, b) => a + b, 0);
  console.log(`rung ${RINGS}, handled ${total}`);
  for (const bell of bells) bell.close();
}

if (isMainThread) await main();
else parentPort!.postMessage(work(workerData as Shared));
