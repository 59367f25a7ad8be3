import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EventManager } from 'wasm-event-manager';
import { randomFrom } from '../../test/fixtures/random.js';
import { fdLoad } from './fds.js';
import { type Trend, trendOf } from './flatness.js';
import { GAUGES, type Gauge, type Sample, sample } from './gauges.js';
import { keptByKoffi } from './koffi.js';
import type { Load } from './load.js';
import { busLoad, timerLoad } from './messages.js';
import { plot } from './plot.js';
import { socketLoad } from './sockets.js';
import { threadLoad } from './threads.js';

// `node --expose-gc build/bench/soak/main.js [--minutes 30] [--fds 10000] [--seed N]
// [--out FOLDER/NAME] [--leak fd]`: everything comes and goes, is counted, and must stay flat.

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    fds: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    out: { type: 'string' },
    /** A fd that is forgotten in each step: to see that it is found. */
    leak: { type: 'string' },
  },
});

const minutes = Number(options.minutes);
/** A sample each two seconds, and from six minutes on, 200. */
const SAMPLES = Math.min(Math.max(Math.round(minutes * 30), 16), 200);
/** Below, memory is still warming up, and only what has an exact figure is judged. */
const MEMORY_MINUTES_MIN = 10;
/** Between two samples, however busy the machine is. */
const STEPS_MIN = 10;
const PAUSE_MS = 10;
const IDLE_MS = 60_000;
/** So often the manager makes its turns itself, and not Node's loop. */
const BLOCKING_EVERY = 50;

const manager = new EventManager();
const below = randomFrom(Number(options.seed));
const random = () => below(1e6) / 1e6;
let attachment = manager.attach();
let workersEnded = 0;
const onWorkerEnd = () => {
  workersEnded += 1;
};
/** Judged only where memory is, as it takes half a minute to know. */
const koffiPerWorker = minutes >= MEMORY_MINUTES_MIN ? await keptByKoffi() : 0;
const ground = { manager, random, fds: Number(options.fds), onWorkerEnd };
const loads: Load[] = [fdLoad, socketLoad, timerLoad, busLoad, threadLoad].map((make) =>
  make(ground),
);

/** Waits until all that was begun is over. */
async function settle(): Promise<void> {
  const deadline = performance.now() + IDLE_MS;
  while (!loads.every((load) => load.idle())) {
    if (performance.now() > deadline) {
      const busy = loads.filter((load) => !load.idle());
      throw new Error(`no end: ${busy.map((load) => JSON.stringify(load.sums())).join()}`);
    }
    await sleep(1);
  }
}

function check(): void {
  for (const load of loads) {
    for (const [sum, [began, ended]] of Object.entries(load.sums())) {
      if (began !== ended) throw new Error(`${load.name}, ${sum}: ${began} is not ${ended}`);
    }
  }
}

async function work(untilMs: number): Promise<number> {
  let steps = 0;
  for (; steps < STEPS_MIN || performance.now() < untilMs; steps += 1) {
    for (const load of loads) load.step();
    if (options.leak === 'fd') new EventManager();
    if (steps % BLOCKING_EVERY === 0) {
      attachment.detach();
      manager.runWithTimeout(1);
      attachment = manager.attach();
    }
    await sleep(PAUSE_MS);
  }
  return steps;
}

async function soak(): Promise<{ samples: Sample[]; steps: number }> {
  const samples: Sample[] = [];
  const began = performance.now();
  const span = minutes * 60_000;
  let steps = 0;
  for (let i = 1; i <= SAMPLES; i += 1) {
    steps += await work(began + (i / SAMPLES) * span);
    await settle();
    check();
    samples.push(sample(manager, workersEnded * koffiPerWorker));
  }
  return { samples, steps };
}

function trendsOf(samples: readonly Sample[]): Map<Gauge, Trend> {
  const judged = (Object.keys(GAUGES) as Gauge[]).filter(
    (gauge) => GAUGES[gauge].exact || minutes >= MEMORY_MINUTES_MIN,
  );
  return new Map(judged.map((gauge) => [gauge, trendOf(samples.map((each) => each[gauge]))]));
}

function report(samples: readonly Sample[], steps: number, trends: Map<Gauge, Trend>): string {
  const growing = [...trends].filter(([, { grows }]) => grows).map(([gauge]) => gauge);
  const verdict = growing.length === 0 ? 'flat' : `grows: ${growing.join(', ')}`;
  const sums = Object.assign({}, ...loads.map((load) => load.sums()));
  const metrics = manager.metrics();
  const koffi = { koffiPerWorker, workersEnded };
  const what = { minutes, ...koffi, fds: ground.fds, seed: Number(options.seed), steps, verdict };
  const node = process.version;
  if (options.out) {
    const title = `${minutes} minutes, ${steps} steps, Node ${node}: ${verdict}`;
    writeFileSync(`${options.out}.svg`, plot(title, samples, trends));
    const all = { ...what, node, trends: Object.fromEntries(trends), sums, metrics, samples };
    writeFileSync(`${options.out}.json`, `${JSON.stringify(all, null, 1)}\n`);
  }
  for (const [gauge, { mean, rise, uncertainty, grows }] of trends) {
    const figures = [mean, rise, uncertainty].map((value) => value.toFixed(3).padStart(12));
    console.log(gauge.padEnd(14), ...figures, grows ? 'GROWS' : 'flat');
  }
  console.log(JSON.stringify({ ...what, sums }));
  return verdict;
}

console.log(`seed ${options.seed}`);
const { samples, steps } = await soak();
const verdict = report(samples, steps, trendsOf(samples));
for (const load of loads) await load.close();
manager.close();
process.exitCode = verdict === 'flat' ? 0 : 1;
