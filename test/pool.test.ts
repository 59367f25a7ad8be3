import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function outputOf(name: string): string {
  const path = fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));
  const options = { encoding: 'utf8', timeout: 30_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], options);
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return stdout;
}

const numbers = (text: string) => text.match(/\d+/g)!.map(Number);
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

test('F84: of one set shared by several threads, ONE_SHOT gives each event to one', () => {
  const lines = outputOf('one-shot-pool').trim().split('\n');
  const workers = lines.filter((line) => line.startsWith('worker'));
  assert.is(workers.length, 3);
  // 'worker 1: 133 rings (17 …, one for each of 8 bells), 0 in vain'
  const shares = workers.map((line) => numbers(line).slice(1));
  for (const [rings, ...rest] of shares) {
    assert.is(sum(rest.slice(0, 8)), rings);
    assert.is(rest.at(-1), 0, 'nobody is called for what another has taken');
  }
  // By whom: each bell's 50 rings are accounted for, and more than one worker had a share.
  for (let bell = 0; bell < 8; bell += 1) assert.is(sum(shares.map((row) => row[1 + bell]!)), 50);
  assert.ok(shares.filter(([rings]) => rings! > 0).length > 1);
  assert.is(lines.at(-1), 'rung 400, handled 400');
});

test('F48, F84: of several sets on one fd, EXCLUSIVE wakes as few as it can', () => {
  const [everybody, exclusive] = outputOf('exclusive-pool').trim().split('\n').map(numbers);
  for (const [jobs, handled, ...rest] of [everybody!, exclusive!]) {
    assert.equal([jobs, handled], [200, 200]);
    assert.is(sum(rest.slice(0, 3)), 200);
  }
  // A tenth of the jobs, at the most, wakes somebody who finds nothing.
  assert.ok(exclusive!.at(-1)! <= 20, `${exclusive!.at(-1)} woken in vain`);
});

test('F19, F84: of several managers on one port, each takes its share by SO_REUSEPORT', () => {
  const lines = outputOf('reuse-port-pool').trim().split('\n');
  const workers = lines.filter((line) => line.startsWith('worker')).map(numbers);
  assert.is(workers.length, 3);
  // By whom: each connection was served by one worker, which has answered its request.
  for (const [, served, answered] of workers) assert.is(answered, served);
  assert.is(sum(workers.map(([, served]) => served!)), 90);
  assert.ok(workers.filter(([, served]) => served! > 0).length > 1);
  assert.is(lines.at(-1), 'clients 90, answered 90');
});

test.run();
