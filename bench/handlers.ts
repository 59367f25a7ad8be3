import { EventSet, Events } from 'wasm-event-manager';
import { type Handler, js, wasm } from 'wasm-event-manager/handlers';
import { compileGuest } from '../test/fixtures/guest.js';
import { type Contestant, pairedRows } from './paired.js';
import type { Row } from './results.js';

/** P15: the same handler in Wasm and in JavaScript, called by the dispatcher. */

const GOAL = { target: 0.7, floor: 0.8 };
const SAMPLES = 64;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

const GUEST = `
  let count: u32 = 0;
  export function onCount(fd: i32, set: u32, data: u32): void { count += data; }
  export function countOf(): u32 { return count; }

  const samples = memory.data(${SAMPLES * 8}, 16);
  let next: u32 = 0, mean: f64 = 0, variance: f64 = 0;
  export function onSample(fd: i32, set: u32, data: u32): void {
    store<f64>(samples + (next << 3), <f64>data);
    next = (next + 1) % ${SAMPLES};
    let sum = f64x2.splat(0), squares = f64x2.splat(0);
    for (let at: usize = 0; at < ${SAMPLES * 8}; at += 16) {
      const two = v128.load(samples + at);
      sum = f64x2.add(sum, two);
      squares = f64x2.add(squares, f64x2.mul(two, two));
    }
    mean = (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) / ${SAMPLES};
    const square = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
    variance = square / ${SAMPLES} - mean * mean;
  }
  export function varianceOf(): f64 { return variance; }

  let hash: u64 = ${FNV_OFFSET};
  export function onHash(fd: i32, set: u32, data: u32): void {
    let bytes = data;
    for (let i = 0; i < ${SAMPLES}; i += 1) {
      hash = (hash ^ (bytes & 255)) * ${FNV_PRIME};
      bytes = rotr<u32>(bytes, 8);
    }
  }
  export function hashOf(): u64 { return hash; }`;

type Result = () => number | bigint;

/** What each does, in JavaScript, and how to read its result. */
const TWINS: Record<string, () => { call: (events: Events) => void; result: Result }> = {
  Count() {
    let count = 0;
    const call = ({ data }: Events) => {
      count = (count + data) >>> 0;
    };
    return { call, result: () => count };
  },
  Sample() {
    const samples = new Float64Array(SAMPLES);
    let next = 0;
    let variance = 0;
    const call = ({ data }: Events) => {
      samples[next] = data;
      next = (next + 1) % SAMPLES;
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < SAMPLES; i += 1) {
        const sample = samples[i]!;
        sum += sample;
        squares += sample * sample;
      }
      const mean = sum / SAMPLES;
      variance = squares / SAMPLES - mean * mean;
    };
    return { call, result: () => variance };
  },
  Hash() {
    let hash = FNV_OFFSET;
    const call = ({ data }: Events) => {
      let bytes = data;
      for (let i = 0; i < SAMPLES; i += 1) {
        hash = BigInt.asUintN(64, (hash ^ BigInt(bytes & 255)) * FNV_PRIME);
        bytes = ((bytes >>> 8) | (bytes << 24)) >>> 0;
      }
    };
    return { call, result: () => hash };
  },
};

const WORKLOADS = [
  { name: 'Count', title: 'a handler that adds', of: 'countOf', calls: 100_000, goal: null },
  {
    name: 'Sample',
    title: `variance of ${SAMPLES} samples`,
    of: 'varianceOf',
    calls: 20_000,
    goal: GOAL,
  },
  {
    name: 'Hash',
    title: `FNV-1a of ${SAMPLES} bytes, 64 bits`,
    of: 'hashOf',
    calls: 5_000,
    goal: GOAL,
  },
] as const;

export async function handlerRows(quick: boolean): Promise<Row[]> {
  const exports = compileGuest(GUEST);
  const rows: Row[] = [];
  for (const { name, title, of, calls, goal } of WORKLOADS) {
    const { call, result } = TWINS[name]!();
    const events = Array.from({ length: 100 }, (_, i) => new Events(1, EventSet.IN, i * 7_919));
    const contestant = (who: string, handler: Handler): Contestant => ({
      name: who,
      round() {
        for (let i = 0; i < calls; i += 1) handler.handle(events[i % 100]!, undefined as never);
        return calls;
      },
    });
    const ours = contestant('ours', wasm(exports, `on${name}`));
    const peers = [{ contestant: contestant('js', js<Events>(call) as Handler), goal }];
    rows.push(
      ...(await pairedRows({ workload: 'P15', title, units: calls, ours, peers }, quick ? 2 : 60)),
    );
    const [wasmResult, jsResult] = [(exports[of] as Result)(), result()];
    if (!isSame(wasmResult, jsResult))
      throw new Error(`${name}: ${wasmResult} in Wasm, ${jsResult} in JavaScript`);
  }
  return rows;
}

/** An unsigned result of Wasm comes signed; sums of floating point differ by their order. */
function isSame(a: number | bigint, b: number | bigint): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return a >>> 0 === b || Math.abs(a - b) <= 1e-9 * Math.abs(b);
  }
  return BigInt.asUintN(64, BigInt(a)) === BigInt(b);
}
