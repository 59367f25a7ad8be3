import { type Found, generator, type KernelName, print, reduce, run } from './explore.js';

const LENGTH = 1_500;

export interface Campaign {
  readonly seed: number;
  /** How many, at the least, unless there is a disagreement. */
  readonly operations: number;
  readonly kernel: KernelName;
}

export interface Outcome {
  readonly done: number;
  readonly programs: number;
  /** Of the CPU. */
  readonly seconds: number;
  readonly found?: Found & { text: string };
}

/** Programs of one seed after the other, up to the first that disagrees, which is reduced. */
export async function explore({ seed, operations, kernel }: Campaign): Promise<Outcome> {
  const began = process.cpuUsage();
  let done = 0;
  let programs = 0;
  const outcome = () => {
    const { user, system } = process.cpuUsage(began);
    return { done, programs, seconds: (user + system) / 1e6 };
  };
  for (; done < operations; programs += 1) {
    const program = generator.program(seed + programs, LENGTH);
    if ((await run(program, kernel)) !== undefined) {
      const found = await reduce(program, kernel);
      return { ...outcome(), found: { ...found, text: print(found) } };
    }
    done += program.operations.length;
  }
  return outcome();
}
