import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatNs, type Row } from './results.js';
import { median, spread } from './statistics.js';
import type { Goal } from './workloads.js';

/** P10: a TCP echo server, and a client in C that has one message under way on each connection. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONNECTIONS = [50, 1_000];
const LIMIT_MS = 20_000;
// Messages a second 1.3 and 0.9 times the peer's are a time of a message 1 / 1.3 and 1 / 0.9.
const TIME_GOALS: Record<string, Goal> = {
  'node:net': { target: 0.77, floor: 0.85 },
  c: { target: 1.11, floor: 1.2 },
};
const CPU_GOAL: Goal = { target: 0.2, floor: 0.3 };

interface Sample {
  /** Nanoseconds of a message: on the clock, and of the server's user time. */
  readonly ns: number;
  readonly userNs: number;
}

function compile(name: string): string {
  const output = `${ROOT}build/peers/${name}`;
  mkdirSync(`${ROOT}build/peers`, { recursive: true });
  const source = `${ROOT}bench/peers/c/${name}.c`;
  execFileSync('gcc', ['-O2', '-Wall', '-Werror', '-o', output, source], { stdio: 'pipe' });
  return output;
}

/** A server in a process of its own. */
class EchoServer {
  readonly name: string;
  readonly #child: ChildProcess;
  #port = 0;

  constructor(name: string, command: string, args: string[]) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  async start(): Promise<this> {
    this.#port = await this.#line();
    return this;
  }

  async sample(load: string, connections: number, milliseconds: number): Promise<Sample> {
    const before = await this.#userUs();
    const args = [this.#port, connections, milliseconds].map(String);
    const output = execFileSync(load, args, { encoding: 'utf8', timeout: LIMIT_MS });
    const { messages, ns } = JSON.parse(output) as { messages: number; ns: number };
    if (messages < connections) throw new Error(`${this.name} has echoed ${messages} messages`);
    const user = (await this.#userUs()) - before;
    return { ns: ns / messages, userNs: (user * 1_000) / messages };
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await exited;
    clearTimeout(timer);
  }

  async #userUs(): Promise<number> {
    this.#child.stdin!.write('cpu\n');
    return this.#line();
  }

  async #line(): Promise<number> {
    const [line] = await once(this.#child.stdout!, 'data', {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return Number(String(line));
  }
}

/** All rows; or none, and why. */
export async function echoRows(quick: boolean): Promise<{ rows: Row[]; skipped?: string }> {
  let load: string;
  let echo: string;
  try {
    [load, echo] = [compile('load'), compile('echo')];
  } catch (error) {
    return { rows: [], skipped: `its client needs gcc (${(error as Error).message})` };
  }
  const contender = `${ROOT}build/bench/contenders/echo.js`;
  const servers = [
    new EchoServer('ours', process.execPath, [contender, 'ours']),
    new EchoServer('node:net', process.execPath, [contender, 'node']),
    new EchoServer('c', echo, []),
  ];
  try {
    for (const server of servers) await server.start();
    const rows: Row[] = [];
    for (const connections of CONNECTIONS) {
      rows.push(...(await compare(servers, load, connections, quick)));
    }
    return { rows };
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function compare(
  servers: readonly EchoServer[],
  load: string,
  connections: number,
  quick: boolean,
): Promise<Row[]> {
  const [rounds, milliseconds] = quick ? [1, 50] : [11, 400];
  const samples = servers.map((): Sample[] => []);
  for (let round = quick ? 0 : -1; round < rounds; round += 1) {
    for (const [i, server] of servers.entries()) {
      const sample = await server.sample(load, connections, milliseconds);
      if (round >= 0) samples[i]!.push(sample);
    }
  }
  const [mine] = samples;
  return servers.slice(1).flatMap(({ name }, i) => {
    const theirs = samples[i + 1]!;
    const row = (what: string, of: (sample: Sample) => number, goal: Goal | null): Row => {
      const ratios = mine!.map((sample, round) => of(sample) / of(theirs[round]!));
      return {
        workload: 'P10',
        title: `TCP echo of 64 B, ${connections} connections: ${what}`,
        peer: name,
        ours: formatNs(median(mine!.map(of))),
        theirs: formatNs(median(theirs.map(of))),
        ratio: median(ratios),
        spread: spread(ratios),
        goal,
      };
    };
    return [
      row('a message', ({ ns }) => ns, TIME_GOALS[name]!),
      row('its user CPU', ({ userNs }) => userNs, name === 'c' ? null : CPU_GOAL),
    ];
  });
}
