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
  /** How often everyone is started; the rounds are of each time. */
  readonly launches: number;
}

export const FULL: Effort = {
  roundMs: 30,
  warmUpRounds: 8,
  roundsMin: 12,
  roundsMax: 40,
  precision: 0.005,
  launches: 4,
};
export const QUICK: Effort = {
  roundMs: 5,
  warmUpRounds: 2,
  roundsMin: 3,
  roundsMax: 3,
  precision: 1,
  launches: 1,
};

export interface Measurement {
  /** One of ours. */
  readonly ours: string;
  readonly contender: string;
  /** Nanoseconds of an iteration: the median of the rounds, ours and the contender's. */
  readonly oursNs: number;
  readonly ns: number;
  /** Ours by the contender's, of the same round: the median, and the spread around it. */
  readonly ratio: number;
  readonly ratioSpread: number;
}

/**
 * Rounds in turn, A B C A B C, so that a machine whose speed drifts is as fast for one as for the
 * other; the ratios are of neighbours. The first `subjects` contenders are ours. All are started
 * anew several times, as V8 doesn't compile a program alike each time.
 */
export async function measure(
  workload: Workload,
  subjects: number,
  start: () => readonly ContenderProcess[],
  effort: Effort,
): Promise<Measurement[]> {
  const rounds: RoundTimes[] = [];
  let names: string[] = [];
  for (let launch = 0; launch < effort.launches; launch += 1) {
    const contenders = start();
    names = contenders.map(({ name }) => name);
    try {
      for (const each of contenders) await each.start();
      rounds.push(...(await roundsOf(workload, subjects, contenders, effort)));
    } finally {
      for (const each of contenders) each.stop();
    }
  }
  const medianOf = (i: number) => median(rounds.map((round) => round[i]!));
  return names.slice(0, subjects).flatMap((ours, i) =>
    names.slice(subjects).map((contender, peer) => {
      const ratios = rounds.map((round) => round[i]! / round[subjects + peer]!);
      const ns = medianOf(subjects + peer);
      const [ratio, ratioSpread] = [median(ratios), spread(ratios)];
      return { ours, contender, oursNs: medianOf(i), ns, ratio, ratioSpread };
    }),
  );
}

/** What an iteration of one round took, of each contender. */
type RoundTimes = readonly number[];

async function roundsOf(
  workload: Workload,
  subjects: number,
  contenders: readonly ContenderProcess[],
  effort: Effort,
): Promise<RoundTimes[]> {
  const iterations = new Map<ContenderProcess, number>();
  for (const each of contenders) iterations.set(each, await calibrate(workload, each, effort));
  const rounds: RoundTimes[] = [];
  for (let round = -effort.warmUpRounds; round < effort.roundsMax; round += 1) {
    const now: number[] = [];
    for (const each of contenders) now.push(await timed(workload, each, iterations.get(each)!));
    if (round >= 0) rounds.push(now);
    if (rounds.length >= effort.roundsMin && isStable(rounds, subjects, contenders.length, effort))
      break;
  }
  return rounds;
}

function isStable(
  rounds: readonly RoundTimes[],
  subjects: number,
  contenders: number,
  { precision }: Effort,
): boolean {
  for (let ours = 0; ours < subjects; ours += 1) {
    for (let peer = subjects; peer < contenders; peer += 1) {
      const ratios = rounds.map((round) => round[ours]! / round[peer]!);
      if (spread(ratios) / Math.sqrt(ratios.length) >= precision) return false;
    }
  }
  return true;
}

/**
 * Iterations that take about a round's time. Ever more are tried until they take half of it: the
 * first ones are slow where code is still to be compiled, and would make for short rounds.
 */
async function calibrate(workload: Workload, contender: ContenderProcess, { roundMs }: Effort) {
  let iterations = 1;
  for (;;) {
    const rounds = ((await timed(workload, contender, iterations)) * iterations) / (roundMs * 1e6);
    if (rounds > 0.5) return Math.max(1, Math.round(iterations / rounds));
    iterations = Math.ceil(iterations * Math.min(4, 1 / rounds));
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
