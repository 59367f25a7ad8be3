import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { OUTCOMES } from './fixtures/stress-worker.js';
import { fdsOpen, fdTarget, settlesAt, startScenario, threads } from './fixtures/threads.js';

const WORKERS = 8;
/** Of each worker. The whole of it: `REMOTE_STRESS_CALLS=100000 node test/run.mjs stress`. */
const CALLS = Number(process.env.REMOTE_STRESS_CALLS ?? 3_000);
const LIMIT_MS = 100_000;

const kernelFds = () => fdsOpen().filter((fd) => /event(fd|poll)/.test(fdTarget(fd))).length;

/** Everybody calls at once, and the manager closes when it has run so many procedures. */
async function stress(closeAfter: number): Promise<number[]> {
  const manager = new EventManager();
  let runs = 0;
  const ran = Array.from({ length: WORKERS }, () => new Uint8Array(CALLS));
  const all = ran.map((_, w) => {
    const outcomes = new Uint8Array(new SharedArrayBuffer(CALLS));
    const port = manager.remoteEndpoint().share({ capacity: 64 });
    const data = { port, calls: CALLS, seed: w + 1, outcomes, worker: w };
    return { outcomes, ...startScenario('stress-worker.js', `stress-${w}`, data, [port]) };
  });
  manager.expose({
    work: (_ops, worker: number, index: number) => {
      ran[worker]![index]! += 1;
      runs += 1;
      return index + 1;
    },
  });
  const end = performance.now() + LIMIT_MS;
  let finished = false;
  Promise.allSettled(all.map(({ result }) => result)).then(() => {
    finished = true;
  });
  while (runs < closeAfter && !finished && performance.now() < end) {
    manager.runWithTimeout(20);
    // The workers' last words come through Node's loop.
    await new Promise(setImmediate);
  }
  manager.close();
  await Promise.all(all.map(({ result }) => result));
  const counts = OUTCOMES.map(() => 0);
  all.forEach(({ outcomes }, w) => {
    outcomes.forEach((outcome, i) => {
      counts[outcome]! += 1;
      checkCall(OUTCOMES[outcome]!, ran[w]![i]!, `call ${i} of worker ${w}`);
    });
  });
  await Promise.all(all.map(({ worker }) => worker.terminate()));
  return counts;
}

/** Whether what the caller was told is what happened. */
function checkCall(outcome: string, ran: number, which: string): void {
  const told = `${which} was ${outcome}, and ran ${ran} times`;
  if (outcome === 'result' || outcome === 'abandoned') assert.is(ran, 1, told);
  else if (outcome === 'cancelled' || outcome === 'full') assert.is(ran, 0, told);
  else assert.ok((outcome === 'closed' || outcome === 'fired') && ran <= 1, told);
}

test('S32, S34: every call is answered once, as it happened, a close or not', async () => {
  await stress(1_000);
  const [fds, running] = [kernelFds(), threads()];
  const began = performance.now();
  const counts = await stress((WORKERS * CALLS) / 2);
  const seconds = (performance.now() - began) / 1_000;
  console.log(
    `  ${WORKERS} × ${CALLS} calls in ${seconds.toFixed(1)} s:`,
    OUTCOMES.map((name, i) => `${counts[i]} ${name}`).join(', '),
  );
  const of = (name: string) => counts[OUTCOMES.indexOf(name)]!;
  assert.is(of('unanswered'), 0);
  for (const name of ['result', 'cancelled', 'closed', 'fired']) assert.ok(of(name) > 0, name);
  assert.ok((await settlesAt(kernelFds, fds)) <= fds);
  assert.ok((await settlesAt(threads, running)) <= running);
});

test.run();
