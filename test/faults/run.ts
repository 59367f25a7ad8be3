import { arm, called, disarm } from './injector.js';
import '../fixtures/attached-once.js';
import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import * as core from './core.js';
import * as sockets from './sockets.js';
import * as sources from './sources.js';
import { type Mode, type Scenario, Stage } from './stage.js';
import { ERRORS, numberOf } from './table.js';

// `node --expose-gc build/test/faults/run.js [--only CALL]…`: each call of each scenario is made to
// fail with each of its errors, at each place, and what came of it is printed as JSON. Ends with 1
// when something hangs, leaks, is lost, or isn't told.

const SCENARIOS: Record<string, Scenario> = { ...core, ...sources, ...sockets };
const MODES: Mode[] = ['blocking', 'attached'];
/** So many calls of one function are made to fail in a scenario, one after the other. */
const PLACES_MAX = 40;
const CASE_LIMIT_MS = 30_000;
/** What one injected fault may leave on the heap: nothing, but the noise of a small number. */
const BYTES_PER_FAULT_MAX = 2_000;
const FAULTS_MIN = 200;

const { values: options } = parseArgs({ options: { only: { type: 'string', multiple: true } } });

/** Outcomes of 'call error' by mode, each with the scenarios that had it. */
const outcomes: Record<string, Record<string, string[]>> = {};
const wrong: string[] = [];
let faults = 0;
let uncaught: ((error: unknown) => void) | undefined;
process.on('uncaughtException', (error) => {
  if (uncaught) uncaught(error);
  else wrong.push(`between two cases: ${error.stack}`);
});

const fdsOpen = () => readdirSync('/proc/self/fd').length;

async function finite<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no end')), CASE_LIMIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

interface Fault {
  readonly call: string;
  readonly error: string;
  readonly at: number;
}

/** Plays a scenario with a fault, or without: what came of it; undefined when it wasn't reached. */
async function play(name: string, mode: Mode, fault?: Fault): Promise<string | undefined> {
  const what = fault ? `${fault.call} ${fault.error} at ${fault.at}` : 'no fault';
  const about = `${name}, ${mode}, ${what}`;
  const before = fdsOpen();
  const stage = new Stage(mode, fault?.error ?? '');
  uncaught = (error) => stage.note('thrown from the loop', error);
  if (fault) arm({ call: fault.call, errno: numberOf(fault.error), at: fault.at });
  let whole = false;
  try {
    whole = await finite(SCENARIOS[name]!(stage));
  } catch (error) {
    if (error instanceof Error && !('code' in error)) wrong.push(`${about}: ${error.stack}`);
    else stage.note('thrown', error);
  }
  stage.close();
  const hit = disarm();
  for (let i = 0; i < 5; i += 1) await setImmediate();
  uncaught = undefined;
  const left = fdsOpen() - before;
  if (left !== 0) wrong.push(`${about}: ${left} fds left`);
  if (!whole && stage.errors.length === 0) wrong.push(`${about}: it failed, and nobody was told`);
  if (fault && !hit) return undefined;
  return [...new Set(stage.errors)].sort().join(', ') || 'unnoticed';
}

/** Which functions a scenario calls. */
async function callsOf(name: string, mode: Mode): Promise<string[]> {
  called.clear();
  const outcome = await play(name, mode);
  if (outcome !== 'unnoticed') wrong.push(`${name}, ${mode}, without a fault: ${outcome}`);
  return [...called.keys()].filter((call) => call in ERRORS);
}

function enter(fault: Fault, mode: Mode, outcome: string, scenario: string): void {
  const row = `${fault.call} ${fault.error}`;
  outcomes[row] ??= {};
  const entry = outcomes[row];
  const key = `${mode}: ${outcome}`;
  entry[key] ??= [];
  if (!entry[key].includes(scenario)) entry[key].push(scenario);
}

async function failEach(name: string, mode: Mode, call: string): Promise<void> {
  for (const error of ERRORS[call]!.split(' ')) {
    for (let at = 1; at <= PLACES_MAX; at += 1) {
      const fault = { call, error, at };
      const outcome = await play(name, mode, fault);
      if (outcome === undefined) break;
      faults += 1;
      enter(fault, mode, outcome, name);
    }
  }
  // And then all goes on.
  const after = await play(name, mode);
  if (after !== 'unnoticed') wrong.push(`${name}, ${mode}, after faults of ${call}: ${after}`);
}

function heap(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  collect?.();
  const { arrayBuffers, external } = process.memoryUsage();
  return getHeapStatistics().used_heap_size + arrayBuffers + external;
}

/** What a fault leaves on the heap; what V8 compiles the first time, it doesn't the second. */
async function group(name: string, mode: Mode): Promise<number> {
  const calls = await callsOf(name, mode);
  const began = heap();
  const already = faults;
  for (const call of calls) {
    if (!options.only || options.only.includes(call)) await failEach(name, mode, call);
  }
  return (heap() - began) / Math.max(faults - already, FAULTS_MIN);
}

async function all(): Promise<void> {
  for (const name of Object.keys(SCENARIOS)) {
    for (const mode of MODES) {
      if ((await group(name, mode)) <= BYTES_PER_FAULT_MAX) continue;
      const kept = await group(name, mode);
      if (kept > BYTES_PER_FAULT_MAX) wrong.push(`${name}, ${mode}: ${kept | 0} bytes a fault`);
    }
  }
}

await all();
const sorted = Object.fromEntries(
  Object.entries(outcomes).map(([row, found]) => [
    row,
    Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))),
  ]),
);
console.log(JSON.stringify({ faults, wrong, outcomes: sorted }, null, 1));
process.exit(wrong.length > 0 ? 1 : 0);
