import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { PING, PONG } from './contenders/remote.js';
import { formatNs, type Row } from './results.js';
import { median, spread } from './statistics.js';

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

async function timed(caller: Caller): Promise<number> {
  const began = performance.now();
  await caller.round(CALLS);
  return ((performance.now() - began) * 1e6) / CALLS;
}

/** Everybody takes turns, so that a ratio is of neighbours in time. */
export async function remoteRows(rounds: number): Promise<{ rows: Row[]; skipped?: string }> {
  const [peer, other] = [await atomics(), await comlink()];
  const callers = [...(await ours()), peer, ...(other ? [other] : [])];
  const times = new Map(callers.map(({ name }) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round += 1) {
    // The first one warms up.
    for (const caller of callers) {
      const ns = await timed(caller);
      if (round >= 0) times.get(caller.name)!.push(ns);
    }
  }
  for (const caller of callers) await caller.stop();
  const rows = ['blocking', 'awaited'].flatMap((how) =>
    Object.entries(GOALS)
      .filter(([name]) => times.has(name))
      .map(([name, goal]) => rowOf(how, name, goal, times)),
  );
  return other ? { rows } : { rows, skipped: 'it is not installed' };
}

function rowOf(how: string, name: string, goal: Row['goal'], times: Map<string, number[]>): Row {
  const [mine, theirs] = [times.get(how)!, times.get(name)!];
  const ratios = mine.map((ns, i) => ns / theirs[i]!);
  return {
    workload: 'P12',
    title: `remote call and answer, ${how}`,
    peer: name,
    ours: formatNs(median(mine)),
    oursNs: median(mine),
    theirs: formatNs(median(theirs)),
    ratio: median(ratios),
    spread: spread(ratios),
    goal,
  };
}
