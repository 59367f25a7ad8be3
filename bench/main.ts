import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { attachedRows } from './attached.js';
import { busRows } from './bus.js';
import { chart } from './chart.js';
import { echoRows } from './echo.js';
import { coldStartRow, installedSizeRow, memoryRow } from './footprint.js';
import { handlerRows } from './handlers.js';
import { FULL, measure, QUICK } from './harness.js';
import { PEERS, prepare, start } from './peers.js';
import { remoteRows } from './remote.js';
import { type Row, rowsOf, table } from './results.js';
import { timerRows } from './timers.js';
import { type Peer, WORKLOADS, type Workload } from './workloads.js';

// `node build/bench/main.js [--workload P1]… [--peer c]… [--quick] [--json FILE] [--svg FILE]`

const BY_THEMSELVES = ['P9', 'P10', 'P11', 'P12', 'P13', 'P14', 'P15', 'P16'];
const { values: options } = parseArgs({
  options: {
    workload: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string' },
  },
});

/** Whether a name was asked for: 'P4' means all of P4's. */
function asked(name: string): boolean {
  const wanted = options.workload;
  return wanted.length === 0 || wanted.some((each) => name === each || name.startsWith(`${each}.`));
}

function refuseUnknown(): void {
  const workloads = [...WORKLOADS.map(({ name }) => name), ...BY_THEMSELVES];
  for (const each of options.workload) {
    if (workloads.some((name) => name === each || name.startsWith(`${each}.`))) continue;
    throw new Error(`no workload ${each}; there are ${workloads.join(', ')}`);
  }
  for (const each of options.peer) {
    if (PEERS.includes(each as Peer)) continue;
    throw new Error(`no peer ${each}; there are ${PEERS.join(', ')}`);
  }
}

/** The peers of a workload that are wanted and there. */
function peersOf(workload: Workload, skipped: Map<string, string>): Peer[] {
  const peers = Object.keys(workload.peers) as Peer[];
  return peers.filter((peer) => {
    if (options.peer.length > 0 && !options.peer.includes(peer)) return false;
    const reason = prepare(peer);
    if (reason !== undefined) skipped.set(peer, reason);
    return reason === undefined;
  });
}

async function run(workload: Workload, skipped: Map<string, string>): Promise<Row[]> {
  const peers = peersOf(workload, skipped);
  const effort = options.quick ? QUICK : FULL;
  return rowsOf(workload, await measure(workload, () => start(workload, peers), effort));
}

/** P9: the one workload that compares two of ours. */
function scalingRow(rows: readonly Row[], times: ReadonlyMap<string, number>): Row | undefined {
  const [one, many] = [times.get('P4.1'), times.get('P4.10000')];
  if (one === undefined || many === undefined || rows.length === 0) return undefined;
  const ours = `${many.toFixed(0)} ns`;
  const goal = { target: 1.05, floor: 1.05 };
  const title = 'P4 among 10 000 fds, by P4 among 1';
  const theirs = `${one.toFixed(0)} ns`;
  return {
    workload: 'P9',
    title,
    peer: 'itself',
    ours,
    theirs,
    ratio: many / one,
    spread: 0,
    goal,
  };
}

async function main(): Promise<void> {
  refuseUnknown();
  const rows: Row[] = [];
  const skipped = new Map<string, string>();
  const times = new Map<string, number>();
  for (const workload of WORKLOADS.filter(({ name }) => asked(name))) {
    process.stderr.write(`${workload.name} `);
    const measured = await run(workload, skipped);
    rows.push(...measured);
    const ns = measured[0]?.oursNs;
    if (ns !== undefined) times.set(workload.name, ns);
  }
  const scaling = scalingRow(rows, times);
  if (scaling) rows.push(scaling);
  if (asked('P9')) rows.push(memoryRow());
  if (asked('P10')) {
    const echo = await echoRows(options.quick);
    rows.push(...echo.rows);
    if (echo.skipped) skipped.set('P10', echo.skipped);
  }
  if (asked('P11')) {
    const attached = await attachedRows(options.quick);
    rows.push(...attached.rows);
    if (attached.skipped) skipped.set('epoll', attached.skipped);
  }
  if (asked('P12')) {
    const remote = await remoteRows(options.quick ? 3 : 60);
    rows.push(...remote.rows);
    if (remote.skipped) skipped.set('comlink', remote.skipped);
  }
  if (asked('P13')) rows.push(...(await timerRows(options.quick)));
  if (asked('P14')) {
    const bus = await busRows(options.quick);
    rows.push(...bus.rows);
    if (bus.skipped) skipped.set('eventemitter2', bus.skipped);
  }
  if (asked('P15')) rows.push(...(await handlerRows(options.quick)));
  if (asked('P16')) rows.push(coldStartRow(options.quick ? 3 : 25), installedSizeRow());
  process.stderr.write('\n');
  console.log(table(rows));
  for (const [peer, reason] of skipped) console.log(`SKIPPED ${peer}: ${reason}`);
  if (options.json) write(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  const title = 'ours by the peer’s, time of an iteration: shorter is better';
  if (options.svg) write(options.svg, chart(title, rows));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
