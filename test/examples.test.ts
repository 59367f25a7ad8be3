import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const example = (name: string) => fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));

/** What an example prints; it has to end by itself, and well. */
function outputOf(name: string, ...args: string[]): string {
  const options = { encoding: 'utf8', timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [example(name), ...args], options);
  assert.is(status, 0, stderr);
  return stdout;
}

test('the demo shows each source, ends by itself, and counts', () => {
  const stdout = outputOf('demo');
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

test('F92: a strategy prints the same in a back-test and live', () => {
  const [backTest, live] = [outputOf('strategy'), outputOf('strategy', 'live')];
  assert.is(
    backTest,
    '5 ms: buy at 101\n13 ms: sell at 101\n21 ms: buy at 99\n29 ms: hold at 106\n',
  );
  assert.is(live, backTest);
});

test('F58: the news collector has parts in four languages, and one thread more', () => {
  const stdout = outputOf('news-collector');
  assert.match(
    stdout,
    /^js +Harvest above expectations, Port closed by a storm, Rates unchanged$/m,
  );
  assert.match(stdout, /^read-only +3 audited$/m);
  assert.match(stdout, /^wasm +0.5 on average$/m);
  assert.match(stdout, /^remote +3 archived$/m);
  const skipped = /^native +(SKIPPED: .*)$/m.exec(stdout)?.[1];
  if (skipped) console.log(`${skipped}: the part in C of the news collector`);
  else assert.match(stdout, /^native +3 minutes$/m);
});

test.run();
