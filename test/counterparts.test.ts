import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const LIMIT_MS = 15_000;
const TEXT = 'to and fro, '.repeat(20_000);
const example = (name: string) => fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'counterparts-'));
const started: ChildProcess[] = [];
test.after(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Where an echo server listens: the first line that it prints says so. */
async function echoServer(where: string): Promise<string> {
  const child = spawn(process.execPath, [example('echo-server'), where], { timeout: LIMIT_MS });
  started.push(child);
  const [line] = await once(child.stdout, 'data');
  return String(line).trim().split(' ').at(-1)!;
}

/** A test that needs a program; where that is missing, it says so. */
function withProgram(program: string, title: string, body: () => Promise<void>): void {
  const folders = (process.env.PATH ?? '').split(':');
  const there = folders.some((each) => existsSync(join(each, program)));
  if (!there) console.log(`SKIPPED ${program}: it is not installed`);
  (there ? test : test.skip)(title, body);
}

/** What a client answers to the text, read to its end. */
function answerTo(command: string, args: string[]): string {
  const options = { encoding: 'utf8', timeout: LIMIT_MS, input: TEXT } as const;
  const { stdout, stderr, status } = spawnSync(command, args, options);
  assert.is(status, 0, stderr);
  return stdout;
}

withProgram('socat', 'F104: socat is echoed over TCP and over a Unix socket', async () => {
  const address = await echoServer('0');
  assert.is(answerTo('socat', ['-t5', '-', `TCP:${address}`]), TEXT);
  const path = await echoServer(join(folder, 'socat.sock'));
  assert.is(answerTo('socat', ['-t5', '-', `UNIX-CONNECT:${path}`]), TEXT);
});

withProgram('nc', 'F104: nc is echoed', async () => {
  const [host, port] = (await echoServer('0')).split(':');
  assert.is(answerTo('nc', ['-N', host!, port!]), TEXT);
});

const PYTHON = `
import socket, sys, threading
host, port = sys.argv[1].split(':')
client = socket.create_connection((host, int(port)))
text = sys.stdin.buffer.read()
def send():
    client.sendall(text)
    client.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
while chunk := client.recv(1000):
    sys.stdout.buffer.write(chunk)
`;

withProgram('python3', 'F104: a Python client is echoed', async () => {
  const address = await echoServer('0');
  assert.is(answerTo('python3', ['-c', PYTHON, address]), TEXT);
});

test('F104: the GPIO watcher prints edges, which a pipe stands in for', async () => {
  const child = spawn(process.execPath, [example('gpio-watcher'), '-'], { timeout: LIMIT_MS });
  started.push(child);
  const event = (timestamp: bigint, id: number, offset: number) => {
    const bytes = Buffer.alloc(48);
    bytes.writeBigUInt64LE(timestamp);
    bytes.writeUInt32LE(id, 8);
    bytes.writeUInt32LE(offset, 12);
    return bytes;
  };
  const bytes = Buffer.concat([event(5n, 1, 17), event(2n ** 60n, 2, 17), event(9n, 1, 3)]);
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  child.stdin.write(bytes.subarray(0, 70));
  await new Promise((resolve) => setTimeout(resolve, 50));
  child.stdin.end(bytes.subarray(70));
  const [code] = await once(child, 'close');
  assert.is(code, 0);
  const expected = ['line 17 rising at 5 ns', `line 17 falling at ${2n ** 60n} ns`];
  assert.is(printed, [...expected, 'line 3 rising at 9 ns', ''].join('\n'));
});

test('F104: the GPIO watcher says what is wrong with a device that is none', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [example('gpio-watcher'), ...args], {
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
  assert.match(run('/dev/null', '3').stderr, /\/dev\/null has no line 3 for us: errno 25/);
  assert.match(run('/dev/no-such-chip', '3').stderr, /ENOENT.*no-such-chip/);
});

test.run();
