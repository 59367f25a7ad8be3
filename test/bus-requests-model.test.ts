import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { MessageBus, type Request } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { randomFrom } from './fixtures/random.js';

/**
 * Random programs of requests on a manager whose clock the bus shares, in simulated time. Each
 * request ends once: as it was answered, or when its time is up, or with what is closed.
 */

const ENDPOINTS = ['a', 'b', 'c'];
const PROGRAMS = 40;
const STEPS = 800;
const MS = 1_000_000;

type Random = (below: number) => number;

interface Asked {
  id: number;
  /** In simulated nanoseconds. */
  deadline: number;
  /** What the program has answered it with, first. */
  answer: string | undefined;
  outcome: string | undefined;
  calls: number;
}

class Program {
  readonly kernel = new SimulatedSyscalls();
  readonly manager = new EventManager({ syscalls: this.kernel, onError: () => {} });
  readonly clock = new LiveClock(this.manager);
  readonly bus = new MessageBus(this.manager, { clock: this.clock, onError: () => {} });
  readonly asked: Asked[] = [];
  readonly #byRequest = new Map<number, Asked>();
  readonly #kept: Request[] = [];
  readonly #random: Random;
  closed = false;
  disposed = false;

  constructor(random: Random) {
    this.#random = random;
    for (const name of ENDPOINTS) this.#register(name);
  }

  get open(): Asked[] {
    return this.asked.filter(({ outcome }) => outcome === undefined);
  }

  step(): void {
    const random = this.#random;
    const what = random(20);
    if (what < 9) this.#ask();
    else if (what < 13) this.#answerKept();
    else if (what < 14) this.bus.deregister(ENDPOINTS[random(3)]!);
    else if (what < 16) this.#register(ENDPOINTS[random(3)]!);
    else if (what < 17) this.clock.cancelTimers();
    else if (what < 18) this.clock.setTimer(`t${random(5)}`, random(5) * MS + 1, ALIVE);
    else this.kernel.advance(random(4) * MS);
  }

  turn(): void {
    this.manager.runWithTimeout(0);
  }

  #register(name: string): void {
    try {
      this.bus.register(name, (text, request) => this.#handle(String(text), request!));
    } catch (error) {
      assert.match((error as { code: string }).code, /ERR_ENDPOINT_EXISTS|ERR_CLOSED/);
    }
  }

  #ask(): void {
    const timeoutMs = [1, 3, 10, 50, Number.POSITIVE_INFINITY][this.#random(5)]!;
    const deadline = this.kernel.clock() + timeoutMs * MS;
    const asked: Asked = { id: 0, deadline, answer: undefined, outcome: undefined, calls: 0 };
    const callback = (error: unknown, answer: unknown) => {
      asked.calls += 1;
      asked.outcome = error === undefined ? String(answer) : outcomeOf(error);
      if (asked.outcome === 'ERR_TIMED_OUT') assert.ok(this.disposed || this.#isLate(asked));
      if (this.#random(4) === 0 && !this.closed) this.#ask();
    };
    try {
      const name = ENDPOINTS[this.#random(3)]!;
      asked.id = this.bus.request(name, 'question', { timeoutMs, callback });
    } catch (error) {
      assert.match((error as { code: string }).code, /ERR_UNKNOWN_ENDPOINT|ERR_CLOSED/);
      assert.is(asked.calls, 0);
      return;
    }
    this.asked.push(asked);
    this.#byRequest.set(asked.id, asked);
  }

  #isLate({ deadline }: Asked): boolean {
    return this.kernel.clock() >= deadline;
  }

  /** What the handler of an endpoint does about a request. */
  #handle(_text: string, request: Request): unknown {
    const what = this.#random(8);
    if (what < 2) this.#answer(request);
    else if (what < 5) this.#kept.push(request);
    else if (what === 5) return this.#reject(request);
    else if (what === 6) {
      const asked = this.#byRequest.get(request.correlationId);
      if (asked) asked.answer ??= 'thrown';
      throw new Error('thrown');
    }
    if (this.#random(3) === 0) this.#ask();
    return undefined;
  }

  /** What the promise is rejected with comes a turn later. */
  #reject(request: Request): Promise<never> {
    const asked = this.#byRequest.get(request.correlationId);
    if (asked) asked.answer ??= 'rejected';
    return Promise.reject(new Error('rejected'));
  }

  #answerKept(): void {
    const [request] = this.#kept.splice(this.#random(this.#kept.length + 1), 1);
    if (!request) return;
    this.#answer(request);
    if (this.#random(3) === 0) assert.is(request.respond('again'), false, 'once');
  }

  #answer(request: Request): void {
    const asked = this.#byRequest.get(request.correlationId);
    const text = `answer ${request.correlationId}`;
    const failed = this.#random(3) === 0;
    const taken = failed ? request.fail(new Error(text)) : request.respond(text);
    if (!asked) return;
    if (taken) assert.is(asked.outcome, undefined, 'it was pending');
    if (taken) asked.answer ??= text;
    else
      assert.ok(asked.answer !== undefined || asked.outcome !== undefined || this.#isLate(asked));
  }
}

const ALIVE = { handler: () => {}, replace: true };

function outcomeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code ?? message;
}

function check(program: Program): void {
  for (const { calls, outcome, answer } of program.asked) {
    assert.is(calls, outcome === undefined ? 0 : 1, 'each callback is called once');
    if (outcome === undefined || /^ERR_/.test(outcome)) continue;
    assert.is(outcome, answer, 'what was answered first');
  }
}

test('S41: requests of random programs end once: answered, late, or as all closes', async () => {
  const base = Number(process.env.SEED ?? Date.now() % 1_000_000);
  let operations = 0;
  let requests = 0;
  for (let seed = base; seed < base + PROGRAMS; seed += 1) {
    const random = randomFrom(seed);
    const program = new Program(random);
    try {
      const steps = STEPS / 2 + random(STEPS);
      for (let step = 0; step < steps; step += 1) {
        program.step();
        operations += 1;
        if (random(3) > 0) continue;
        program.turn();
        if (random(10) === 0) await new Promise((done) => setImmediate(done));
        check(program);
      }
      await end(program, random(3));
    } catch (error) {
      console.log(`SEED=${seed} fails`);
      throw error;
    }
    requests += program.asked.length;
  }
  console.log(`requests: seed ${base}, ${operations} operations, ${requests} requests`);
  assert.ok(requests > PROGRAMS);
});

/** The clock, the bus or the manager goes, while requests are pending. */
async function end(program: Program, how: number): Promise<void> {
  const { clock, bus, manager, kernel } = program;
  if (how === 0) {
    program.disposed = true;
    clock.dispose();
    await new Promise((done) => setImmediate(done));
    for (let i = 0; i < 3; i += 1) program.turn();
    const left = program.open.filter(({ deadline }) => Number.isFinite(deadline));
    assert.is(left.length, 0, 'who waited for the clock waits no more');
  } else {
    // What is late has ended by the second turn.
    for (let i = 0; i < 4; i += 1) program.turn();
    const now = kernel.clock();
    assert.is(program.open.filter(({ deadline }) => deadline <= now).length, 0);
  }
  program.closed = true;
  if (how === 2) manager.close();
  bus.close();
  manager.close();
  await new Promise((done) => setImmediate(done));
  check(program);
  assert.is(program.open.length, 0, 'nobody waits for ever');
  assert.is(bus.counters.pendingRequests, 0);
  assert.equal(kernel.openFds(), [], 'no fd is left');
}

test.run();
