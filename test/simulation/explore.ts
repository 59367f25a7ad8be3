import { RealKernel, SimulatedKernel, type TestKernel } from '../fixtures/kernels.js';
import { changes } from './parts/changes.js';
import { descriptors } from './parts/descriptors.js';
import { registrations } from './parts/registrations.js';
import { close, turns } from './parts/turns.js';
import { Generator, type Kinds, type Operation, type Program } from './program.js';
import { shrink } from './shrink.js';
import { SETTINGS, World } from './world.js';

/** All that a program can do. A further part of the library is a further line here. */
export const KINDS: Kinds<World> = { ...descriptors, ...registrations, ...changes, ...turns };
export const generator = new Generator(KINDS, { ...SETTINGS, edges: 2 });

export type KernelName = 'simulated' | 'real';
const KERNELS: Record<KernelName, () => TestKernel> = {
  simulated: () => new SimulatedKernel(),
  real: () => new RealKernel(),
};

/** Runs a program: why it fails, or undefined. */
export async function run(program: Program, name: KernelName): Promise<unknown> {
  const kernel = KERNELS[name]();
  const setting = name === 'real' ? { ...program.setting, edges: 0 } : program.setting;
  const world = new World(kernel, setting);
  try {
    await perform(world, program.operations);
    close(world);
    return undefined;
  } catch (error) {
    return world.failure ?? error;
  } finally {
    world.manager.close();
    for (const fd of world.names.keys()) kernel.syscalls.close(fd);
    kernel.closeAll();
  }
}

async function perform(world: World, operations: readonly Operation[]): Promise<void> {
  world.perform = ([name, ...args]) => {
    const result = KINDS[name]?.run(world, ...(args as never[]));
    if (world.failure) throw world.failure;
    return result;
  };
  for (const operation of operations) {
    const result = world.perform(operation);
    if (result) await result;
  }
}

/** A program that fails, as small as it gets, and why. */
export async function reduce(program: Program, kernel: KernelName): Promise<Found> {
  const least = await shrink(program, async (each) => (await run(each, kernel)) !== undefined);
  return { program: least, kernel, reason: await run(least, kernel) };
}

export interface Found {
  readonly program: Program;
  readonly kernel: KernelName;
  readonly reason: unknown;
}

/** What goes into `test/regressions/`: a file as the one who reads it would write it. */
export function print({ program, kernel, reason }: Found): string {
  const { operations, ...rest } = program;
  const lines = operations.map((each) => `    ${JSON.stringify(each)}`).join(',\n');
  const head = JSON.stringify({ kernel, reason: String(reason), ...rest }).slice(1, -1);
  return `{\n  ${head},\n  "operations": [\n${lines}\n  ]\n}\n`;
}
