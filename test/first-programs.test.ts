import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = join(ROOT, 'examples/first');
const LINES_MAX = 25;
const LIMIT_MS = 60_000;
const test = suite<{ folder: string; children: ChildProcess[] }>('first programs');

test.before.each((world) => {
  world.folder = mkdtempSync(join(tmpdir(), 'first-'));
  world.children = [];
});
test.after.each(({ folder, children }) => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts a program, and answers what it has printed once that matches. */
function start(children: ChildProcess[], name: string, ...args: string[]) {
  const program = join(ROOT, 'build/examples/first', `${name}.js`);
  const child = spawn(process.execPath, [program, ...args], { timeout: LIMIT_MS });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(text)));
  const until = async (pattern: RegExp): Promise<string> => {
    const deadline = performance.now() + LIMIT_MS;
    for (let match = pattern.exec(text); ; match = pattern.exec(text)) {
      if (match) return match[1] ?? match[0];
      assert.ok(performance.now() < deadline, `${name} never printed ${pattern}: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, until, ended };
}

test('there are ten, of 25 lines at most, and each is a test here', () => {
  const names = readdirSync(SOURCES);
  assert.is(names.length, 10);
  const tests = readFileSync(join(ROOT, 'test/first-programs.test.ts'), 'utf8');
  for (const name of names) {
    const lines = readFileSync(join(SOURCES, name), 'utf8').trimEnd().split('\n');
    assert.ok(lines.length <= LINES_MAX, `${name} has ${lines.length}`);
    assert.ok(
      new RegExp(`^.*(?:start\\(.*'|^ *'?)${name.slice(0, -3)}'?[:,)]`, 'm').test(tests),
      name,
    );
  }
});

test('an echo server serves, and ends in peace', async ({ children }) => {
  const { child, until, ended } = start(children, 'echo-server');
  const port = Number(await until(/listening on (\d+)/));
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.end('hello');
  });
  assert.is(answer, 'hello');
  child.kill('SIGTERM');
  assert.match(await ended, /served 1\n$/);
});

test('serial lines are framed, a fifo standing in for the device', async ({ children, folder }) => {
  const fifo = join(folder, 'device');
  assert.is(spawnSync('mkfifo', [fifo]).status, 0);
  const { ended } = start(children, 'serial-lines', fifo);
  writeFileSync(fifo, 'temperature=21.5\r\nhumidity=4');
  writeFileSync(fifo, '0\nbye\n');
  assert.match(await ended, /temperature 21.5\nhumidity 40\n$/);
});

test('a folder is kept in step', async ({ children, folder }) => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  for (const each of [from, to]) mkdirSync(each);
  const { child, until, ended } = start(children, 'directory-sync', from, to);
  await until(/watching/);
  writeFileSync(join(from, 'a.txt'), 'text');
  await until(/copied a.txt/);
  assert.is(readFileSync(join(to, 'a.txt'), 'utf8'), 'text');
  rmSync(join(from, 'a.txt'));
  await until(/removed a.txt/);
  assert.equal(readdirSync(to), []);
  child.kill('SIGTERM');
  await ended;
});

test('a supervisor starts again, later each time', async ({ children }) => {
  const text = await start(children, 'supervisor', 'sh', '-c', 'exit 3').ended;
  assert.is(text, 'ended with 3\n'.repeat(4));
  assert.is(await start(children, 'supervisor', 'true').ended, 'ended with 0\n');
});

for (const [name, printed] of Object.entries({
  'timer-wheel': '10000 were late\n',
  'price-feed': '28801 events no order 100\n',
  'worker-pool': '20 squares up to 361\n',
  plugin: 'the plugin says 21\n',
})) {
  test(`${name} prints what it says`, async ({ children }) => {
    assert.is(await start(children, name).ended, printed);
  });
}

test('a button is counted, a fifo standing in for the GPIO', async ({ children, folder }) => {
  const fifo = join(folder, 'value');
  assert.is(spawnSync('mkfifo', [fifo]).status, 0);
  const { until, ended } = start(children, 'gpio-button', fifo);
  for (const press of [1, 2, 3]) {
    writeFileSync(fifo, '1\n');
    await until(new RegExp(`pressed ${press}`));
  }
  assert.match(await ended, /pressed 3\n$/);
});

test('signals are heard one by one', async ({ children }) => {
  const { child, until, ended } = start(children, 'signals');
  await until(/ready/);
  child.kill('SIGHUP');
  await until(/settings 1/);
  child.kill('SIGHUP');
  await until(/settings 2/);
  child.kill('SIGTERM');
  assert.match(await ended, /settings 2\n$/);
});

test.run();
