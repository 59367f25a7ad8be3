import type { ContenderProcess } from './contender.js';
import { median, spread } from './statistics.js';
import { expectedEvents, type Workload } from './workloads.js';

/** How long, and how often. */
export interface Effort {
  readonly roundMs: number;
  readonly warmUpRounds: number;
  readonly roundsMin: number;
  readonly roundsMax: number;
  /** Stable when the spread of the ratios, over the root of the rounds, is below this. */
  readonly precision: number;
}

export const FULL: Effort = {
  roundMs: 30,
  warmUpRounds: 12,
  roundsMin: 30,
  roundsMax: 120,
  precision: 0.003,
};
export const QUICK: Effort = {
  roundMs: 5,
  warmUpRounds: 2,
  roundsMin: 3,
  roundsMax: 3,
  precision: 1,
};

export interface Measurement {
  readonly contender: string;
  /** Nanoseconds of an iteration: the median of the rounds. */
  readonly ns: number;
  /** Ours by this contender's, of the same round: the median, and the spread around it. */
  readonly ratio: number;
  readonly ratioSpread: number;
}

/**
 * Rounds in turn, A B C A B C, so that a machine whose speed drifts is as fast for one as for the
 * other; the ratios are of neighbours. `contenders[0]` is ours.
 */
export async function measure(
  workload: Workload,
  contenders: readonly ContenderProcess[],
  effort: Effort,
): Promise<Measurement[]> {
  const iterations = new Map<ContenderProcess, number>();
  for (const each of contenders) iterations.set(each, await calibrate(workload, each, effort));
  const times = contenders.map((): number[] => []);
  const ratios = contenders.map((): number[] => []);
  for (let round = -effort.warmUpRounds; round < effort.roundsMax; round += 1) {
    const now: number[] = [];
    for (const each of contenders) now.push(await timed(workload, each, iterations.get(each)!));
    if (round < 0) continue;
    now.forEach((ns, i) => {
      times[i]!.push(ns);
      ratios[i]!.push(now[0]! / ns);
    });
    if (round + 1 >= effort.roundsMin && ratios.every((each) => isStable(each, effort))) break;
  }
  return contenders.map(({ name }, i) => ({
    contender: name,
    ns: median(times[i]!),
    ratio: median(ratios[i]!),
    ratioSpread: spread(ratios[i]!),
  }));
}

function isStable(ratios: readonly number[], { precision }: Effort): boolean {
  return spread(ratios) / Math.sqrt(ratios.length) < precision;
}

/** Iterations that take about a round's time. */
async function calibrate(workload: Workload, contender: ContenderProcess, { roundMs }: Effort) {
  let iterations = 1;
  for (;;) {
    const ns = (await timed(workload, contender, iterations)) * iterations;
    if (ns > 1e6) return Math.max(1, Math.round((iterations * roundMs * 1e6) / ns));
    iterations *= 4;
  }
}

/** One round: nanoseconds of an iteration. Throws when it did not do all of the work. */
async function timed(
  workload: Workload,
  contender: ContenderProcess,
  iterations: number,
): Promise<number> {
  const round = await contender.round(iterations);
  const expected = iterations * expectedEvents(workload);
  const { ns, events, checksum } = round;
  if (round.iterations !== iterations || events !== expected || checksum !== expected) {
    throw new Error(
      `${workload.name}: ${contender.name} handled ${events} events (checksum ${checksum}) in ` +
        `${round.iterations} iterations, where ${expected} are due`,
    );
  }
  return ns / iterations;
}
