import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContenderProcess } from './contender.js';

/** What a contender makes in an iteration of a workload, as text. */
export interface WorkloadCalls {
  readonly workload: string;
  readonly contender: string;
  readonly calls: string;
}

/** What a contender is: a command, and its arguments. */
export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const ITERATIONS = 500;
/** Those of epoll, and of what is watched; Node makes others of its own. */
const COUNTED = /^(epoll_\w+|read|write|recvfrom|sendto|timerfd_settime)$/;

/** Those of a workload's contenders, or why they can't be counted. */
export async function callsOf(
  workload: string,
  commands: readonly Command[],
): Promise<WorkloadCalls[] | string> {
  const { error } = spawnSync('strace', ['-V']);
  if (error) return `strace is not there (${error.message})`;
  const counted: WorkloadCalls[] = [];
  for (const command of commands) {
    const calls = [...(await systemCallsOf(command))].map(([name, count]) => `${count} ${name}`);
    counted.push({ workload, contender: command.name, calls: calls.join(', ') });
  }
  return counted;
}

/**
 * System calls of one iteration, by name, counted from outside by strace(1): those of twice as many
 * iterations, less those of once as many.
 */
async function systemCallsOf(contender: Command): Promise<ReadonlyMap<string, number>> {
  const once = await counted(contender, ITERATIONS);
  const twice = await counted(contender, 2 * ITERATIONS);
  const calls = [...twice].map(
    ([name, count]) => [name, (count - (once.get(name) ?? 0)) / ITERATIONS] as const,
  );
  // The end of a process, and what Node does meanwhile, is no round number.
  return new Map(
    calls.map(([name, count]) => [name, Math.round(count)] as const).filter(([, n]) => n),
  );
}

async function counted({ name, command, args, env }: Command, iterations: number) {
  const folder = mkdtempSync(join(tmpdir(), 'strace-'));
  const file = join(folder, 'counts');
  // The contender's own thread: Node's others wait for work.
  const strace = ['-qq', '-c', '-o', file, command, ...args];
  const traced = new ContenderProcess(name, 'strace', strace, env);
  try {
    await traced.start();
    await traced.round(iterations);
    await traced.end();
    const lines = readFileSync(file, 'utf8').split('\n');
    const rows = lines.map((line) => line.trim().split(/\s+/));
    const found = rows.filter((cells) => COUNTED.test(cells.at(-1)!));
    return new Map(found.map((cells) => [cells.at(-1)!, Number(cells[3])]));
  } finally {
    traced.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
