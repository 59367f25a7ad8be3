import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventSet } from 'wasm-event-manager';
import { EpollProbe } from './fixtures/epoll-probe.js';
import { RealKernel, SimulatedKernel } from './fixtures/kernels.js';
import { randomFrom } from './fixtures/random.js';

// The same operations, drawn at random, on the real kernel and on the simulated one: each answer
// and each event must agree, in order. What is written is short, so that the sizes of buffers,
// which machines differ in, play no part.

const RUNS = 40;
const STEPS = 250;
const KEPT_OPEN = 6;
const FLAGS: [EventSet, oneIn: number][] = [
  [EventSet.IN, 2],
  [EventSet.OUT, 2],
  [EventSet.READ_HANG_UP, 3],
  [EventSet.EDGE_TRIGGERED, 3],
  [EventSet.ONE_SHOT, 5],
  [EventSet.EXCLUSIVE, 10],
  [EventSet.PRIORITY, 12],
];

type Kind = 'eventfd' | 'pipe' | 'socket' | 'epoll';
type Kernels = readonly [RealKernel, SimulatedKernel];
type Side = 0 | 1;

/** One run. Fds go by an index of their own, for the numbers differ. */
class Comparison {
  readonly #kernels: Kernels = [new RealKernel(), new SimulatedKernel()];
  readonly #random: (below: number) => number;
  readonly #fds: (readonly [number, number])[] = [];
  readonly #indexes = new Map<number, number>();
  readonly #open = new Map<number, Kind>();
  readonly #probes = new Map<number, readonly [EpollProbe, EpollProbe]>();
  readonly #trace: string[] = [];

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  run(): void {
    try {
      for (let i = 0; i < STEPS; i += 1) this.#step(i);
    } finally {
      for (const kernel of this.#kernels) kernel.closeAll();
    }
  }

  #step(slot: number): void {
    const die = this.#random(100);
    if (this.#open.size < KEPT_OPEN || die < 6) this.#make();
    else if (die < 10) this.#dup();
    else if (die < 15) this.#close();
    else if (die < 17) this.#shutdown();
    else if (die < 28) this.#write();
    else if (die < 40) this.#read();
    else if (die < 70) this.#ctl(slot);
    else this.#wait();
  }

  /** Does something on both, and compares what they answer. */
  #both(what: string, call: (kernel: Kernels[Side], side: Side) => unknown): void {
    const answers = ([0, 1] as const).map((side) => {
      const answer = call(this.#kernels[side], side);
      return answer instanceof Uint8Array ? `${answer.byteLength} bytes` : answer;
    });
    this.#trace.push(`${what} -> ${answers[0]}`);
    assert.equal(answers[1], answers[0], this.#trace.join('\n'));
  }

  #opened(kind: Kind, real: number, simulated: number): number {
    let index = this.#indexes.get(real);
    if (index === undefined) {
      index = this.#fds.push([real, simulated]) - 1;
      this.#indexes.set(real, index);
    }
    assert.is(this.#fds[index]![1], simulated, 'the lowest free number is the next');
    this.#open.set(index, kind);
    this.#trace.push(`#${index} = ${kind}`);
    return index;
  }

  #make(): void {
    const [real, simulated] = this.#kernels;
    const kind = this.#pick(['eventfd', 'pipe', 'socket', 'epoll'] as const);
    if (kind === 'eventfd') {
      const [initial, semaphore] = [BigInt(this.#random(3)), this.#random(4) === 0];
      const [one, other] = this.#kernels.map((kernel) => kernel.eventfd(initial, semaphore));
      this.#opened(kind, one!, other!);
    } else if (kind === 'epoll') {
      const probes = [new EpollProbe(real.syscalls), new EpollProbe(simulated.syscalls)] as const;
      for (const side of [0, 1] as const) this.#kernels[side].opened.add(probes[side].fd);
      this.#probes.set(this.#opened(kind, probes[0].fd, probes[1].fd), probes);
    } else {
      const make = kind === 'pipe' ? 'pipe' : 'socketpair';
      const [pair, other] = [real[make](), simulated[make]()];
      this.#opened(kind, pair[0], other[0]);
      this.#opened(kind, pair[1], other[1]);
    }
  }

  #dup(): void {
    const [index, kind] = this.#pick([...this.#open]);
    const [real, simulated] = this.#fds[index]!;
    const dup = this.#opened(kind, this.#kernels[0].dup(real), this.#kernels[1].dup(simulated));
    this.#trace.push(`#${dup} = dup of #${index}`);
  }

  #close(): void {
    const [index] = this.#pick([...this.#open]);
    this.#open.delete(index);
    this.#probes.delete(index);
    this.#both(`close #${index}`, (kernel, side) => kernel.close(this.#fds[index]![side]));
  }

  #shutdown(): void {
    const sockets = [...this.#open].filter(([, kind]) => kind === 'socket');
    if (sockets.length === 0) return;
    const [index] = this.#pick(sockets);
    const how = this.#pick(['read', 'write', 'both'] as const);
    this.#both(`shutdown #${index} ${how}`, (kernel, side) =>
      kernel.shutdown(this.#fds[index]![side], how),
    );
  }

  #write(): void {
    const [index, kind] = this.#pick([...this.#open]);
    if (kind === 'eventfd') {
      const value = this.#pick([0n, 1n, 1n, 5n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n]);
      this.#both(`ring #${index} ${value}`, (kernel, side) =>
        kernel.ring(this.#fds[index]![side], value),
      );
    } else {
      const bytes = new Uint8Array(this.#pick([0, 1, 4, 50]));
      this.#both(`write #${index} ${bytes.byteLength}`, (kernel, side) =>
        kernel.write(this.#fds[index]![side], bytes),
      );
    }
  }

  #read(): void {
    const [index, kind] = this.#pick([...this.#open]);
    const length = this.#pick([0, 1, 4, 50, 5_000]);
    this.#both(`read #${index} ${length}`, (kernel, side) => {
      const fd = this.#fds[index]![side];
      return kind === 'eventfd' ? kernel.readCounter(fd) : kernel.read(fd, length);
    });
  }

  #ctl(slot: number): void {
    if (this.#probes.size === 0) return;
    const [at, probes] = this.#pick([...this.#probes]);
    const operation = this.#pick([1, 1, 1, 1, 2, 3, 3]);
    // Now and then a number that is closed.
    const open = this.#random(12) > 0;
    const index = open ? this.#pick([...this.#open.keys()]) : this.#random(this.#fds.length);
    const chosen = FLAGS.filter(([, oneIn]) => this.#random(oneIn) === 0).map(([flag]) => flag);
    const interest = chosen.reduce((set, flag) => (set | flag) >>> 0, 0);
    const what = `ctl #${at} ${operation} #${index} ${EventSet.format(interest)} slot ${slot}`;
    this.#both(what, (_, side) =>
      probes[side].ctl(operation, this.#fds[index]![side], interest, slot),
    );
  }

  #wait(): void {
    if (this.#probes.size === 0) return;
    const [at, probes] = this.#pick([...this.#probes]);
    const most = this.#pick([0, 1, 2, 3, 50, 50]);
    this.#both(`wait #${at} ${most}`, (_, side) => probes[side].wait(most));
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random(from.length)]!;
  }
}

test('the simulated kernel answers as this machine does, whatever is asked of it', () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    try {
      new Comparison(seed).run();
    } catch (error) {
      if (error instanceof Error) error.message = `seed ${seed}\n${error.message}`;
      throw error;
    }
  }
});

test.run();
