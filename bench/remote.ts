import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { PING, PONG } from './contenders/remote.js';
import { type Contestant, pairedRows } from './paired.js';
import type { Row } from './results.js';

/** P12: one thread calls another, and gets its answer, before it calls again. */

const CALLS = 500;
const COMLINK = 'comlink';
const ADAPTER = 'comlink/dist/esm/node-adapter.mjs';
const GOALS = {
  comlink: { target: 0.5, floor: 0.6 },
  atomics: { target: 2, floor: 2.2 },
} as const;

interface Caller {
  readonly name: string;
  /** So many calls, one after the other. */
  round(calls: number): void | Promise<void>;
  stop(): Promise<unknown> | undefined;
}

function start(data: object): Worker {
  return new Worker(new URL('./contenders/remote.js', import.meta.url), { workerData: data });
}

function check(sum: number, i: number): void {
  if (sum !== i + 1) throw new Error(`the sum of ${i} and 1 was ${sum}`);
}

async function ours(): Promise<Caller[]> {
  const worker = start({ kind: 'ours' });
  const [port] = await once(worker, 'message');
  const endpoint = RemoteEndpoint.from(port);
  const blocking = (calls: number) => {
    for (let i = 0; i < calls; i += 1) check(endpoint.callBlocking('add', [i, 1]) as number, i);
  };
  const awaited = async (calls: number) => {
    for (let i = 0; i < calls; i += 1) check((await endpoint.call('add', i, 1)) as number, i);
  };
  const stop = () => {
    if (!endpoint.closed) endpoint.stop();
    return once(worker, 'exit');
  };
  return [
    { name: 'blocking', round: blocking, stop },
    { name: 'awaited', round: awaited, stop: () => undefined },
  ];
}

async function atomics(): Promise<Caller> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = start({ kind: 'atomics', words });
  await once(worker, 'message');
  let last = 0;
  const ping = (value: number) => {
    Atomics.store(words, PING, value);
    Atomics.notify(words, PING);
  };
  const round = (calls: number) => {
    for (const end = last + calls; last < end; ) {
      ping(last + 1);
      Atomics.wait(words, PONG, last);
      last += 1;
    }
  };
  const stop = () => {
    ping(-1);
    return once(worker, 'exit');
  };
  return { name: 'atomics', round, stop };
}

/** Undefined where it is not installed. */
async function comlink(): Promise<Caller | undefined> {
  let library: { wrap: (endpoint: unknown) => { add(a: number, b: number): Promise<number> } };
  try {
    library = await import(COMLINK);
  } catch {
    return undefined;
  }
  const { default: nodeEndpoint } = await import(ADAPTER);
  const worker = start({ kind: 'comlink', comlink: COMLINK, adapter: ADAPTER });
  await once(worker, 'message');
  const remote = library.wrap(nodeEndpoint(worker));
  const round = async (calls: number) => {
    for (let i = 0; i < calls; i += 1) check(await remote.add(i, 1), i);
  };
  return { name: 'comlink', round, stop: () => worker.terminate() };
}

/** Everybody takes turns, so that a ratio is of neighbours in time. */
export async function remoteRows(rounds: number): Promise<{ rows: Row[]; skipped?: string }> {
  const [peer, other] = [await atomics(), await comlink()];
  const callers = await ours();
  const contestant = ({ name, round }: Caller): Contestant => ({
    name,
    async round() {
      await round(CALLS);
      return CALLS;
    },
  });
  const peers = [
    ...(other ? [{ contestant: contestant(other), goal: GOALS.comlink }] : []),
    { contestant: contestant(peer), goal: GOALS.atomics },
  ];
  const rows: Row[] = [];
  for (const caller of callers) {
    const title = `remote call and answer, ${caller.name}`;
    const us = contestant(caller);
    rows.push(
      ...(await pairedRows({ workload: 'P12', title, units: CALLS, ours: us, peers }, rounds)),
    );
  }
  for (const caller of [...callers, peer, ...(other ? [other] : [])]) await caller.stop();
  return other ? { rows } : { rows, skipped: 'it is not installed' };
}
