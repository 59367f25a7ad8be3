// Runs each test file in a process of its own, two at a time, with a limit on its time, and ends
// with one line that sums them up. `node test/run.mjs [pattern] [--node=PATH] [--limit=SECONDS]`.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const AT_ONCE = 2;
const built = fileURLToPath(new URL('../build/test', import.meta.url));
const pattern = new RegExp(process.argv.slice(2).find((arg) => !arg.startsWith('--')) ?? '.');
const option = (name) =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const node = option('node') ?? process.execPath;
/** What that Node needs, and this one must not have: see test/machines. */
const nodeEnv = JSON.parse(process.env.TEST_NODE_ENV ?? '{}');
const limitMs = Number(option('limit') ?? 120) * 1_000;

const files = readdirSync(built, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js') && pattern.test(name))
  .sort();
// By `node:ffi`, of which each process and worker would say that it is experimental.
const quiet = process.env.WASM_EVENT_MANAGER_FFI === 'node';
const ways = quiet ? { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' } : {};
const sums = { passed: 0, failed: 0, skipped: 0 };

function run(name) {
  return new Promise((done) => {
    const started = performance.now();
    const child = spawn(node, ['--enable-source-maps', join(built, name)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...ways, ...nodeEnv, FORCE_COLOR: '0' },
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const timer = setTimeout(() => {
      output += `\nkilled after ${limitMs / 1_000} s\n`;
      child.kill('SIGKILL');
    }, limitMs);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      done({ name, output, code, signal, seconds: (performance.now() - started) / 1000 });
    });
  });
}

function count(output, label) {
  return [...output.matchAll(new RegExp(`^ *${label}: +(\\d+)`, 'gm'))].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
}

function report({ name, output, code, signal, seconds }) {
  const total = count(output, 'Total');
  const passed = count(output, 'Passed');
  const skipped = count(output, 'Skipped');
  // A file that ends badly has failed once, even when no test of it said so; one that counts no
  // test at all forgot `.run()`.
  const silent = total === 0 && skipped === 0;
  const bad = code !== 0 || signal !== null || silent;
  const failed = Math.max(total - passed, bad ? 1 : 0);
  sums.passed += passed;
  sums.failed += failed;
  sums.skipped += skipped;
  const verdict = failed > 0 ? 'FAILED' : 'ok';
  console.log(`${verdict.padEnd(7)}${name} ${passed}/${total} in ${seconds.toFixed(1)} s`);
  for (const line of output.split('\n')) if (/^SKIPPED/.test(line)) console.log(`       ${line}`);
  if (failed > 0) console.log(silent ? `${output}\nno test ran\n` : output);
}

const queue = [...files];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift())
      report(await run(name));
  }),
);
const skipped = sums.skipped > 0 ? `, ${sums.skipped} skipped` : '';
console.log(`${sums.passed} passed, ${sums.failed} failed${skipped}`);
process.exitCode = sums.failed > 0 || sums.passed === 0 ? 1 : 0;
