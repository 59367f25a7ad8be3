import { setImmediate } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { RemoteEndpoint } from 'wasm-event-manager/remote';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { CallProgram, type Tally } from './fixtures/call-program.js';
import { randomFrom } from './fixtures/random.js';
import { runWhilePending, startScenario } from './fixtures/threads.js';

/** All of it: `REMOTE_PROGRAM_STEPS=1000000 node test/run.mjs remote-program`. */
const STEPS = Number(process.env.REMOTE_PROGRAM_STEPS ?? 20_000);
const SEED = Number(process.env.SEED ?? Date.now() % 100_000);
const WORKERS = 4;

const coded = (code: string) => Object.assign(new Error(code), { code });

/** `late` decides whether a promise waits for Node's loop. */
function expose(manager: EventManager, late: () => Promise<unknown>): void {
  manager.expose({
    plain: (_ops, key) => key.key ?? key,
    rich: (_ops, key) => ({ key }),
    later: async (_ops, key) => {
      await late();
      return key;
    },
    laterRich: async (_ops, key) => {
      await late();
      return { key };
    },
    moved: (_ops, bytes: Float64Array) => bytes[0],
    thrown: () => {
      throw coded('E_THROWN');
    },
    rejected: async () => {
      await late();
      throw coded('E_REJECTED');
    },
    uncloneable: (_ops, key) => () => key,
  });
}

/** As many calls as answers and errors. */
function check({ calls, answered, failed, wrong }: Tally, about: string): void {
  assert.equal(wrong, [], about);
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
  assert.is(answered + failures, calls, about);
}

function sum(tallies: Tally[], of: (tally: Tally) => number): number {
  return tallies.reduce((total, tally) => total + of(tally), 0);
}

/** In the manager's own thread, on kernels of both kinds, where each order can be had again. */
for (const simulated of [true, false]) {
  for (const local of [true, false]) {
    const kernel = simulated ? 'simulated' : 'real';
    const where = `${kernel} kernel, ${local ? 'own' : 'shared'} endpoints`;
    test(`S32, S33: one thread's calls are answered once, each its own (${where})`, async () => {
      console.log(`  SEED=${SEED}`);
      const random = randomFrom(SEED);
      const options = simulated ? { syscalls: new SimulatedSyscalls() } : {};
      const manager = new EventManager({ ...options, onHandlerError: 'report', onError: () => {} });
      expose(manager, () => (random(2) ? setImmediate() : Promise.resolve()));
      const own = manager.remoteEndpoint({ capacity: 8 });
      const first = local ? own : RemoteEndpoint.from(own.share());
      const program = new CallProgram(first, SEED, false);
      for (let i = 0; i < STEPS / 4; i += 1) {
        program.step();
        if (random(4) === 0) manager.runWithTimeout(0);
        if (random(16) === 0) await setImmediate();
      }
      await runWhilePending(manager, program.settled());
      // Every slot of each can be used again.
      for (const endpoint of program.open) {
        const calls = Array.from({ length: 8 }, (_, i) => endpoint.call('plain', i).catch(() => i));
        const answers = await runWhilePending(manager, Promise.all(calls));
        assert.equal(answers, [0, 1, 2, 3, 4, 5, 6, 7]);
      }
      const ended = program.end();
      manager.close();
      check(await ended, `SEED=${SEED}`);
    });
  }
}

/** Workers call at once, some of which are terminated, until all are done or the manager closes. */
async function runWorkers(closing: boolean): Promise<Tally[]> {
  const random = randomFrom(SEED);
  const manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
  expose(manager, () => (random(2) ? setImmediate() : Promise.resolve()));
  const all = Array.from({ length: WORKERS }, (_, w) => {
    const port = manager.remoteEndpoint().share({ capacity: 16 });
    const steps = STEPS / WORKERS / 2;
    const data = { port, seed: SEED + w, steps, blocking: true };
    return startScenario<Tally>('call-program.js', `calls-${w}`, data, [port]);
  });
  const done = Promise.allSettled(all.map(({ result }) => result));
  let finished = false;
  done.then(() => {
    finished = true;
  });
  const end = performance.now() + 60_000;
  // The last one doesn't live to tell.
  const terminateAt = closing ? Number.POSITIVE_INFINITY : random(2_000);
  for (let turn = 0; !finished && performance.now() < end; turn += 1) {
    manager.runWithTimeout(1);
    await setImmediate();
    if (turn === terminateAt) all.at(-1)!.worker.terminate();
    if (closing && turn === 1_000) break;
  }
  if (closing) manager.close();
  const settled = await done;
  manager.close();
  await Promise.all(all.map(({ worker }) => worker.terminate()));
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

for (const closing of [false, true]) {
  const what = closing ? 'the manager closes meanwhile' : 'one of them is terminated';
  test(`S32, S34: calls of workers are answered once, each with its own; ${what}`, async () => {
    console.log(`  SEED=${SEED}`);
    const tallies = await runWorkers(closing);
    assert.ok(tallies.length >= WORKERS - 1, `${tallies.length} programs ended`);
    for (const tally of tallies) check(tally, `SEED=${SEED}`);
    const failed: Record<string, number> = {};
    for (const tally of tallies) {
      for (const [code, count] of Object.entries(tally.failed)) {
        failed[code] = (failed[code] ?? 0) + count;
      }
    }
    const [calls, answered] = [sum(tallies, (t) => t.calls), sum(tallies, (t) => t.answered)];
    console.log(`  ${calls} calls: ${answered} answered, ${JSON.stringify(failed)}`);
    assert.ok(answered > 0);
  });
}

test.run();
