import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** What a contender says of one round. */
export interface Round {
  readonly ns: number;
  readonly iterations: number;
  readonly events: number;
  readonly checksum: number;
}

const ANSWER_LIMIT_MS = 20_000;
const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill('SIGKILL');
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

/** A contender in a process of its own, which answers one line for each that it is given. */
export class ContenderProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    running.add(this.#child);
    this.#child.on('exit', () => running.delete(this.#child));
    this.#interface = createInterface({ input: this.#child.stdout! });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** Waits until it has set itself up. */
  async start(): Promise<void> {
    const line = await this.#line();
    if (line !== 'ready') throw new Error(`${this.name} said ${JSON.stringify(line)}`);
  }

  async round(iterations: number): Promise<Round> {
    this.#child.stdin!.write(`round ${iterations}\n`);
    return JSON.parse(await this.#line()) as Round;
  }

  /** Has it end by itself, and waits for that. */
  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await ended;
  }

  stop(): void {
    this.#child.stdin?.end();
    this.#interface.close();
    this.#child.kill();
  }

  async #line(): Promise<string> {
    // A contender that waits for events which don't come would hold up the whole run.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error(`${this.name} did not answer in time`));
      timer = setTimeout(fail, ANSWER_LIMIT_MS);
    });
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late]);
      if (done) throw new Error(`${this.name} ended before it had answered`);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }
}
