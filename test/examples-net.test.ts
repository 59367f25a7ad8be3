import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { createConnection, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const LIMIT_MS = 15_000;
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'examples-net-'));
const started: ChildProcess[] = [];
test.after(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const example = (name: string) => fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));

/** Starts an example, and reads what it prints. */
function start(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [example(name), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
  });
  started.push(child);
  const printed = { text: '' };
  child.stdout.on('data', (chunk) => {
    printed.text += chunk;
  });
  const until = async (pattern: RegExp): Promise<string> => {
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      const match = pattern.exec(printed.text);
      if (match) return match[1] ?? match[0];
      assert.ok(performance.now() < deadline, `${name} never printed ${pattern}: ${printed.text}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { child, printed, until };
}

async function echoed(options: NetConnectOpts, text: string): Promise<string> {
  const socket = createConnection(options);
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

async function missing(tool: string): Promise<boolean> {
  return run(tool, ['--version']).then(
    () => false,
    ({ code }) => code === 'ENOENT',
  );
}

test('F104: the echo server answers over TCP and over a Unix socket', async () => {
  const text = 'to and fro '.repeat(30_000);
  const tcp = start('echo-server', '0');
  const port = Number(await tcp.until(/:(\d+)\n/));
  assert.is(await echoed({ host: '127.0.0.1', port }, text), text);
  const path = join(folder, 'echo.sock');
  const unix = start('echo-server', path);
  await unix.until(/listening/);
  assert.is(await echoed({ path }, text), text);
});

for (const [title, bytes] of [
  ['short', 0],
  ['100 kB', 100_000],
] as const) {
  test(`F104: the delay server gives ${title} answers in the order of their delays`, async () => {
    const server = start('delay-server', '0', String(bytes));
    const port = await server.until(/:(\d+)\n/);
    for (const mode of ['level', 'edge']) {
      const { stdout } = await run(process.execPath, [example('delay-client'), port, mode], {
        timeout: LIMIT_MS,
      });
      const order = [...stdout.matchAll(/200 OK {2}(\d+) bytes {2}request-(\d)/g)];
      assert.equal(
        order.map(([, , request]) => request),
        ['4', '3', '2', '1', '0'],
      );
      assert.ok(
        order.every(([, length]) => Number(length) === Math.max(bytes, 9)),
        stdout,
      );
    }
  });
}

const curl = (await missing('curl')) ? test.skip : test;
if (curl === test.skip) console.log('SKIPPED curl: it is not installed');
curl('F104: curl gets its answer from the delay server', async () => {
  const server = start('delay-server', '0', '100000');
  const port = await server.until(/:(\d+)\n/);
  const options = { timeout: LIMIT_MS, maxBuffer: 1e6 };
  const url = `http://127.0.0.1:${port}`;
  const { stdout } = await run('curl', ['-sS', `${url}/20/from-curl`], options);
  assert.is(stdout, 'from-curl'.padEnd(100_000, '.'));
  const refused = await run('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', url], options);
  assert.is(refused.stdout, '400');
});

test('F104: the file watcher tells what was made, written, renamed and removed', async () => {
  const watcher = start('file-watcher', folder);
  await watcher.until(/watching/);
  writeFileSync(join(folder, 'one'), 'text');
  renameSync(join(folder, 'one'), join(folder, 'two'));
  unlinkSync(join(folder, 'two'));
  writeFileSync(join(folder, 'stop'), '');
  const [code] = await once(watcher.child, 'close');
  assert.is(code, 0);
  assert.match(watcher.printed.text, /CREATE one\nCLOSE_WRITE one\nRENAMED one -> two\nDELETE two/);
});

test('F104: the supervisor restarts what fails, and ends with what ends well', async () => {
  const count = join(folder, 'count');
  const script = `echo x >> ${count}; [ $(wc -l < ${count}) -ge 3 ]`;
  const supervisor = start('supervisor', 'sh', '-c', script);
  const [code] = await once(supervisor.child, 'close');
  const { text } = supervisor.printed;
  assert.is(code, 0, text);
  assert.is(text.match(/started sh/g)?.length, 3);
  assert.is(text.match(/ended: code 1/g)?.length, 2);
  assert.match(text, /ended: code 0\n$/);
});

test('F104: the supervisor passes signals on', async () => {
  const supervisor = start('supervisor', 'sleep', '30');
  const first = await supervisor.until(/pid (\d+)\n/);
  supervisor.child.kill('SIGHUP');
  await supervisor.until(new RegExp(`got SIGHUP\\npid ${first} ended: SIGTERM\\n`));
  await supervisor.until(/started sleep(?:.*\n)+started sleep/);
  supervisor.child.kill('SIGTERM');
  const [code] = await once(supervisor.child, 'close');
  assert.is(code, 0);
  assert.match(supervisor.printed.text, /got SIGTERM\npid \d+ ended: SIGTERM\n$/);
});

test.run();
