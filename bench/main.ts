import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BY_THEMSELVES, type Outcome, runAlone } from './by-themselves.js';
import { chart } from './chart.js';
import { FULL, measure, QUICK } from './harness.js';
import { page } from './page.js';
import { commandsOf, PEERS, prepare, start } from './peers.js';
import { type Row, rowsOf, table } from './results.js';
import { callsOf, type WorkloadCalls } from './system-calls.js';
import { FFI_LABELS, type Way, waysOf } from './ways.js';
import { type Peer, WORKLOADS, type Workload } from './workloads.js';

// `node build/bench/main.js [--workload P1]… [--peer c]… [--node PATH]… [--ffi libc]…
//   [--quick] [--json FILE] [--svg FILE] [--html FILE]`

const ALONE_LIMIT_MS = 900_000;
/** What shows the system calls of all. */
const COUNTED = ['P1', 'P4.100', 'P6.64', 'P8'];
const { values: options } = parseArgs({
  options: {
    workload: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', multiple: true, default: [] },
    node: { type: 'string', multiple: true, default: [process.execPath] },
    ffi: { type: 'string', multiple: true, default: Object.keys(FFI_LABELS) },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string' },
    html: { type: 'string' },
    /** One of those that run by themselves, in this process. */
    alone: { type: 'string' },
  },
});
const skipped = new Map<string, string>();

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
  for (const each of options.ffi) {
    if (each in FFI_LABELS) continue;
    throw new Error(`no ffi ${each}; there are ${Object.keys(FFI_LABELS).join(', ')}`);
  }
}

/** The peers of a workload that are wanted and there. */
function peersOf(workload: Workload): Peer[] {
  const peers = Object.keys(workload.peers) as Peer[];
  return peers.filter((peer) => {
    if (options.peer.length > 0 && !options.peer.includes(peer)) return false;
    const reason = prepare(peer);
    if (reason !== undefined) skipped.set(peer, reason);
    return reason === undefined;
  });
}

async function run(workload: Workload, ways: readonly Way[]): Promise<Row[]> {
  const commands = commandsOf(workload, ways, peersOf(workload));
  const effort = options.quick ? QUICK : FULL;
  return rowsOf(workload, await measure(workload, ways.length, () => start(commands), effort));
}

/** Runs one of those by themselves in a process of its own, on a way's Node. */
function runApart(name: string, { name: way, node, env }: Way): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const json = join(folder, 'outcome.json');
  const args = [fileURLToPath(import.meta.url), '--alone', name, '--json', json];
  try {
    const { status } = spawnSync(node, options.quick ? [...args, '--quick'] : args, {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: ALONE_LIMIT_MS,
    });
    if (status !== 0) throw new Error(`${name} failed on ${way}`);
    const outcome = JSON.parse(readFileSync(json, 'utf8')) as Outcome;
    if (outcome.skipped) skipped.set(`${name}, ${way}`, outcome.skipped);
    return outcome.rows.map((row) => ({ ...row, way }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** P9: the one workload that compares two of ours. */
function scalingRows(rows: readonly Row[], ways: readonly Way[]): Row[] {
  return ways.flatMap(({ name: way }) => {
    const nsOf = (workload: string) =>
      rows.find((row) => row.workload === workload && row.way === way)?.oursNs;
    const [one, many] = [nsOf('P4.1'), nsOf('P4.10000')];
    if (one === undefined || many === undefined) return [];
    const goal = { target: 1.05, floor: 1.05 };
    const title = 'P4 among 10 000 fds, by P4 among 1';
    const [ours, theirs] = [`${many.toFixed(0)} ns`, `${one.toFixed(0)} ns`];
    const ratio = many / one;
    return [{ workload: 'P9', title, way, peer: 'itself', ours, theirs, ratio, spread: 0, goal }];
  });
}

/** The system calls of some workloads, on each side. */
async function countCalls(ways: readonly Way[]): Promise<WorkloadCalls[]> {
  const workloads = WORKLOADS.filter(({ name }) => COUNTED.includes(name) && asked(name));
  const counted: WorkloadCalls[] = [];
  for (const workload of workloads) {
    const commands = commandsOf(workload, ways, peersOf(workload));
    const found = await callsOf(workload.name, commands);
    if (typeof found === 'string') skipped.set('system calls', found);
    else counted.push(...found);
  }
  return counted;
}

async function main(): Promise<void> {
  refuseUnknown();
  if (options.alone) {
    write(options.json!, JSON.stringify(await runAlone(options.alone, options.quick)));
    return;
  }
  const ways = options.node.flatMap((node) => waysOf(node, options.ffi, skipped));
  if (ways.length === 0) throw new Error([...skipped].join('\n'));
  const rows: Row[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => asked(name))) {
    process.stderr.write(`${workload.name} `);
    rows.push(...(await run(workload, ways)));
  }
  rows.push(...scalingRows(rows, ways));
  for (const name of BY_THEMSELVES.filter(asked)) {
    process.stderr.write(`${name} `);
    for (const way of ways) rows.push(...runApart(name, way));
  }
  process.stderr.write('\n');
  console.log(table(rows));
  const calls = options.html ? await countCalls(ways) : [];
  for (const [peer, reason] of skipped) console.log(`SKIPPED ${peer}: ${reason}`);
  if (options.json) write(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  const title = 'ours by the peer’s, time of an iteration: shorter is better';
  const [first] = ways;
  const shown = rows.filter(({ way }) => way === first!.name);
  if (options.svg) write(options.svg, chart(`${title} (${first!.name})`, shown));
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Linux ${release()}`;
  if (options.html) write(options.html, page(rows, { machine, skipped, calls }));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
