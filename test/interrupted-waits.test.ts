import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MODULE } from './fixtures/attached-programs.js';
import { runProgram } from './fixtures/program.js';

const POLL = JSON.stringify(import.meta.resolve('wasm-event-manager/poll'));

/** What a program prints that waits so long by `wait`, and is interrupted meanwhile. */
function interrupted(wait: (ms: number) => string, ms: number, before: string) {
  const { stdout, stderr, status } = runProgram(`
    import { spawn, spawnSync } from 'node:child_process';
    import { EventManager } from ${MODULE};
    import { Events, Poll } from ${POLL};
    const manager = new EventManager();
    const poll = new Poll();
    ${before}
    const began = performance.now();
    const result = ${wait(ms)};
    console.log(result, performance.now() - began >= ${ms});
    process.exit(0);`);
  return `${stdout}${status}${stderr}`;
}

// SIGCONT comes to a process that doesn't listen to it, and interrupts its wait.
const STOP_AND_GO = `
  const script = 'sleep 0.1; kill -STOP ' + process.pid + '; sleep 0.1; kill -CONT ' + process.pid;
  spawn('sh', ['-c', script]);`;
const LISTEN = "process.on('SIGCONT', () => {});";
const WAITS = {
  run: (ms: number) => `manager.runWithTimeout(${ms})`,
  poll: (ms: number) => `poll.poll(new Events(4), ${ms})`,
};

for (const [name, wait] of Object.entries(WAITS)) {
  test(`S21: a wait goes on that is interrupted for nobody's sake: ${name}`, () => {
    assert.is(interrupted(wait, 400, STOP_AND_GO), '0 true\n0');
  });

  test(`S21: it ends where the program listens to a signal: ${name}`, () => {
    assert.is(interrupted(wait, 10_000, LISTEN + STOP_AND_GO), '0 false\n0');
  });

  test(`S21: it goes on behind spawnSync, with no signal at all: ${name}`, () => {
    assert.is(interrupted(wait, 400, "spawnSync('true');"), '0 true\n0');
  });
}

test.run();
