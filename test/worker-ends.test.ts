import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MODULE } from './fixtures/attached-programs.js';
import { runProgram } from './fixtures/program.js';
import { endings, modes, terminations } from './fixtures/terminations.js';

/** Of each mode; WEM_TERMINATIONS=500 tries more. */
const TERMINATIONS = Number(process.env.WEM_TERMINATIONS ?? 8);
const ENDS = Number(process.env.WEM_ENDS ?? 4);
const LIMIT_MS = 30_000 + 1_000 * (TERMINATIONS + ENDS);

function outcome(program: string): string {
  const { stdout, stderr, status, signal } = runProgram(program, [], LIMIT_MS);
  assert.not.match(stderr, /FATAL|Assertion|Error/, stderr);
  return `${stdout}${signal ?? status}`;
}

/** The address of a program, as text of one. */
const moduleOf = (program: string) =>
  JSON.stringify(`data:text/javascript,${encodeURIComponent(program)}`);

for (const mode of modes) {
  test(`workers can be terminated at any time, and leave no fd: ${mode}`, () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    assert.is(outcome(terminations(mode, TERMINATIONS, seed)), 'fds 0\n0', `seed ${seed}`);
  });
}

test('a worker that ends without close() leaves no fd: by itself', () => {
  const end = '';
  assert.is(outcome(endings('idle', ENDS, end)), 'fds 0\n0');
});

test('S34: what a worker shares ends with it, for all who use it meanwhile', () => {
  const end = 'setTimeout(() => process.exit(0), 10);';
  assert.is(outcome(endings('idle', ENDS, end)), 'fds 0\n0');
});

for (const mode of ['attach', 'readable', 'managers', 'net', 'owner', 'pollOwner'] as const) {
  test(`a worker that ends without close() leaves no fd: by process.exit, ${mode}`, () => {
    const end = 'setTimeout(() => process.exit(0), 10);';
    assert.is(outcome(endings(mode, ENDS, end)), 'fds 0\n0');
  });
}

test('S43: process.exit of the main thread ends, whatever its workers wait for', () => {
  const worker = moduleOf(`
    import { parentPort } from 'node:worker_threads';
    import { EventManager } from ${MODULE};
    parentPort.postMessage('ready');
    new EventManager().runForever();`);
  const { status, signal } = runProgram(`
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const workers = [1, 2].map(() => new Worker(new URL(${worker})));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    setTimeout(() => process.exit(3), 20);`);
  assert.is(signal ?? status, 3);
});

test('S43: in a worker, a wait of several pieces takes its time, and no more', () => {
  const worker = moduleOf(`
    import { parentPort } from 'node:worker_threads';
    import { EventFd, EventManager, interest } from ${MODULE};
    const manager = new EventManager();
    const bell = new EventFd();
    interest().read().withFd(bell).withHandler(() => bell.read()).registerInto(manager);
    const began = performance.now();
    const calls = manager.runWithTimeout(180);
    const took = performance.now() - began;
    bell.write();
    parentPort.postMessage([calls, took >= 180, manager.run(), manager.metrics().waits > 3]);
    manager.close();`);
  const { stdout } = runProgram(`
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(new URL(${worker}));
    console.log((await once(worker, 'message'))[0].join());`);
  assert.is(stdout, '0,true,1,true\n');
});

test.run();
