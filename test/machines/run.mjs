// The suite, or a part of it, on another machine: `node test/machines/run.mjs arm64|musl
// [pattern]`, where 'part' is the fixed part. Where the machine can't be had, it
// says so, and ends well.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

const SUITE = fileURLToPath(new URL('../run.mjs', import.meta.url));
/** What depends on the machine: layouts, system calls, koffi, libuv, threads. */
const PART = [
  'abi|attach|bus|clock|kernel-facts|net|net-udp|poll|remote|sources|refused-calls|pool|readiness',
  'conformance/(turn|identity|waiting)|handlers-native|compat-epoll|live-clock|sharing-attached',
].join('|');
/** An instruction of arm64 is translated to a dozen. */
const LIMITS = { arm64: 900, musl: 240 };

const [name, asked = '.'] = process.argv.slice(2);
if (!(name in LIMITS)) throw new Error(`no machine ${name}: there are ${Object.keys(LIMITS)}`);
const pattern = asked === 'part' ? `^(${PART})\\.test` : asked;

let machine;
try {
  machine = prepare(name);
} catch (error) {
  const reason = String(error.stderr || error.message)
    .trim()
    .split('\n')
    .at(-1);
  console.log(`SKIPPED ${name}: it can't be had here: ${reason}`);
  process.exit(0);
}
const { node, env } = machine;
const args = [SUITE, pattern, `--node=${node}`, `--limit=${LIMITS[name]}`];
const tests = spawnSync(process.execPath, args, {
  stdio: 'inherit',
  env: { ...process.env, TEST_NODE_ENV: JSON.stringify(env) },
});
process.exit(tests.status ?? 1);
