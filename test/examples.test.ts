import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const example = (name: string) => fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));

test('the demo shows each source, ends by itself, and counts', () => {
  const options = { encoding: 'utf8', timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [example('demo')], options);
  assert.is(status, 0, stderr);
  for (const line of [
    /timer +tick 8 of 8/,
    /bell red +IN, rung 8 time/,
    /bell blue +IN, rung 1 time/,
    /pipe +IN, "one\\n"/,
    /pipe +HANG_UP, the end/,
    /signal +SIGUSR1/,
    /dispatched +\d\d/,
  ]) {
    assert.match(stdout, line);
  }
});

test.run();
