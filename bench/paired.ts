import { formatNs, type Row } from './results.js';
import { median, spread } from './statistics.js';
import type { Goal } from './workloads.js';

/** One of those compared, in this process: both sides are JavaScript, or called from it. */
export interface Contestant {
  readonly name: string;
  /** Does the work once, and answers how many units of it that was, as it counted them. */
  round(): number | Promise<number>;
  stop?(): unknown;
}

export interface Comparison {
  readonly workload: string;
  readonly title: string;
  /** Units of work in a round, which every side has to count. */
  readonly units: number;
  readonly ours: Contestant;
  readonly peers: readonly { contestant: Contestant; goal: Goal | null }[];
}

const WARM_UP_ROUNDS = 3;

/** Everybody takes turns, so that a ratio is of neighbours in time. Nanoseconds are of a unit. */
export async function pairedRows(comparison: Comparison, rounds: number): Promise<Row[]> {
  const { workload, title, units, ours, peers } = comparison;
  const everybody = [ours, ...peers.map(({ contestant }) => contestant)];
  const times = everybody.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const [i, contestant] of everybody.entries()) {
      const ns = await timed(contestant, units);
      if (round >= 0) times[i]!.push(ns);
    }
  }
  for (const { stop } of everybody) await stop?.();
  return peers.map(({ contestant, goal }, i) => {
    const [mine, theirs] = [times[0]!, times[i + 1]!];
    const ratios = mine.map((ns, round) => ns / theirs[round]!);
    return {
      workload,
      title,
      peer: contestant.name,
      ours: formatNs(median(mine)),
      oursNs: median(mine),
      theirs: formatNs(median(theirs)),
      ratio: median(ratios),
      spread: spread(ratios),
      goal,
    };
  });
}

async function timed({ name, round }: Contestant, units: number): Promise<number> {
  const began = process.hrtime.bigint();
  const done = await round();
  const ns = Number(process.hrtime.bigint() - began);
  if (done !== units) throw new Error(`${name} did ${done} of ${units} units of work`);
  return ns / units;
}
