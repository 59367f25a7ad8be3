import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const HTML = fileURLToPath(new URL('../bench-quick.html', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function bench(...args: string[]) {
  const command = [`${ROOT}build/bench/main.js`, ...args];
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', timeout: 110_000 });
}

test('each workload runs once over, with every peer that is there', () => {
  const { status, stdout, stderr } = bench(
    '--quick',
    '--workload',
    'P0',
    '--workload',
    'P4.1',
    '--html',
    HTML,
  );
  assert.is(status, 0, stderr);
  assert.match(stdout, /\| P0 +\|.*\| koffi /);
  assert.match(stdout, /\| P4\.1 +\|.*\| koffi /);
  for (const line of stdout.split('\n')) if (line.startsWith('SKIPPED')) console.log(line);
});

test('an unknown workload or peer lists the known ones', () => {
  const workload = bench('--workload', 'P99');
  assert.is(workload.status, 1);
  assert.match(workload.stderr, /no workload P99; there are P0, P1, .*P16, P21/);
  const peer = bench('--peer', 'libuv');
  assert.is(peer.status, 1);
  assert.match(peer.stderr, /no peer libuv; there are koffi, c, c-threads, event-manager, eventp/);
});

test('the figures of README.md are those of the results', () => {
  const rows = JSON.parse(readFileSync(`${ROOT}bench/results/latest.json`, 'utf8')) as {
    workload: string;
    peer: string;
    ratio: number;
  }[];
  const ratio = (workload: string, peer: string) =>
    rows.find((row) => row.workload === workload && row.peer === peer)!.ratio.toFixed(2);
  const readme = readFileSync(`${ROOT}README.md`, 'utf8').replaceAll('\n', ' ');
  assert.match(readme, new RegExp(`takes ${ratio('P1', 'event-manager')} of the time of rust-vmm`));
  assert.match(readme, new RegExp(`and ${ratio('P1', 'c')} of raw epoll in C`));
  assert.match(readme, new RegExp(`an event takes ${ratio('P11', 'epoll')} of what`));
  assert.match(readme, new RegExp(`64 bytes ${ratio('P10', 'node:net')} of what`));
});

test.run();
