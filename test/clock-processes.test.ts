import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GUARD, outcome, PRELUDE } from './fixtures/attached-programs.js';

const SETUP = `
  const clock = new LiveClock(manager);
  const MS = 1_000_000n;
  const far = clock.timestampNs() + 3_600_000n * MS;
  const handler = () => console.log('fired');
  manager.attach();
`;

/** Each leaves nothing set, in its own way. */
const ENDINGS: Record<string, string> = {
  cancelTimer: `clock.setTimeAlert('t', far, { handler }); clock.cancelTimer('t');`,
  cancelAlert: 'clock.cancelAlert(clock.alertAt(far, handler));',
  cancelTimers: `clock.setTimer('t', 3_600_000n * MS, { handler }); clock.cancelTimers();`,
  dispose: `
    clock.alertAt(far, handler);
    clock.setTimeAlert('t', far, { handler });
    clock.dispose();`,
  'a handler that cancels': `
    clock.setTimeAlert('t', far, { handler });
    clock.alertAt(clock.timestampNs() + MS, () => clock.cancelTimer('t'));`,
  'the last event': `
    clock.setTimer('t', MS, { handler: () => {}, stopNs: clock.timestampNs() + 200n * MS });`,
  'a replaced timer that fires': `
    clock.setTimeAlert('t', far, { handler });
    clock.setTimeAlert('t', clock.timestampNs() + MS, { handler: () => {}, replace: true });`,
};

for (const [ending, program] of Object.entries(ENDINGS)) {
  test(`S41: the process ends after ${ending}`, () => {
    assert.is(outcome(GUARD + SETUP + program), '0');
  });
}

test('S41: the timer after a cancelled one fires in time, attached', () => {
  const program = `
    clock.setTimeAlert('first', clock.timestampNs() + 2n * MS, { handler: () => {} });
    clock.cancelTimer('first');
    setTimeout(() => {
      clock.setTimeAlert('next', clock.timestampNs() + 5n * MS, { handler });
    }, 20);`;
  assert.is(outcome(GUARD + SETUP + program), 'fired\n0');
});

test('S29: an interval whose promise is pending keeps the process alive', () => {
  const program = `
    let calls = 0;
    clock.setTimer('t', MS, {
      handler: async () => {
        await new Promise((done) => setTimeout(done, 5).unref());
        calls += 1;
        if (calls === 3) clock.cancelTimers(), console.log('done');
      },
    });`;
  assert.is(outcome(SETUP + program), 'done\n0');
});

test('S42: a process that was stopped catches up in turns', async () => {
  const program = `${PRELUDE}
    const clock = new LiveClock(manager);
    let most = 0, ticks = 0, turns = 0;
    clock.setTimer('fast', 2_000n, { handler: () => { ticks += 1; } });
    const stopNs = clock.timestampNs() + 4_000_000_000n;
    process.stdout.write('ready\\n');
    const memory = process.memoryUsage().rss;
    let lag = 0n;
    do {
      most = Math.max(most, manager.runWithTimeout(100));
      const behind = clock.timestampNs() - clock.nextTimeNs('fast');
      if (behind > lag) lag = behind;
    } while (lag < 500_000_000n && clock.timestampNs() < stopNs);
    for (let i = 0; i < 50; i += 1) most = Math.max(most, manager.runWithTimeout(0));
    const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
    console.log(JSON.stringify({ late: lag >= 500_000_000n, most, grown }));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const exited = once(child, 'exit');
  while (!output.includes('ready') && child.exitCode === null) await sleep(5);
  child.kill('SIGSTOP');
  await sleep(1_000);
  child.kill('SIGCONT');
  await exited;
  const { late, most, grown } = JSON.parse(output.split('\n')[1]!);
  assert.is(late, true);
  assert.ok(most <= 1_001, `${most} calls in one turn`);
  assert.ok(grown < 100, `${grown} MiB more`);
});

test.run();
