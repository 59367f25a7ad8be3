import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OPENERS = new URL('./fixtures/openers.js', import.meta.url).href;

/** What a program prints as JSON, in a process that `setup` or `flags` have made another. */
function outcome<T>(setup: string, program: string, flags: string[] = []): T {
  const args = [...flags, '--input-type=module', '--eval', `${setup}\n${program}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

interface Support {
  supported: boolean;
  code?: string;
  message?: string;
  simulated?: number;
}

const MAKE_MANAGER = `
  const { EventManager } = await import('wasm-event-manager');
  const outcome = { supported: EventManager.isSupported() };
  try {
    new EventManager();
  } catch ({ code, message }) {
    Object.assign(outcome, { code, message });
  }
`;
const SIMULATE = `
  const { SimulatedSyscalls } = await import('wasm-event-manager/testing');
  outcome.simulated = new EventManager({ syscalls: new SimulatedSyscalls() }).runWithTimeout(0);
`;
const PRINT = 'console.log(JSON.stringify(outcome));';

const DARWIN = "Object.defineProperty(process, 'platform', { value: 'darwin' });";
/** Has `require('koffi')` fail. */
const koffiFails = (message: string) => `
  import Module from 'node:module';
  const load = Module._load;
  Module._load = (request, ...rest) => {
    if (request === 'koffi') throw new Error(${JSON.stringify(message)});
    return load(request, ...rest);
  };`;

test('F106: here it is supported', () => {
  const here = outcome<Support>('', MAKE_MANAGER + SIMULATE + PRINT);
  assert.equal(here, { supported: true, simulated: 0 });
});

test('F106: on another platform the import succeeds, and the constructor says why', () => {
  const program = MAKE_MANAGER + SIMULATE + PRINT;
  const { supported, code, message, simulated } = outcome<Support>(DARWIN, program);
  assert.equal([supported, code, simulated], [false, 'ERR_UNSUPPORTED_PLATFORM', 0]);
  assert.match(message!, /interface of Linux, and this is darwin/);
});

const CAUSES: [name: string, setup: string, flags: string[], message: RegExp][] = [
  ['koffi has no binary', koffiFails('no binary for this'), [], /koffi.*no binary for this\. Ask/],
  [
    "koffi's binary was left out",
    koffiFails('Cannot find the native Koffi module; did you bundle it correctly?'),
    [],
    /@koromix\/koffi-\w+-\w+, which an install with --omit=optional leaves out/,
  ],
  ['addons are switched off', '', ['--no-addons'], /loading addons is disabled\. .*--allow-addons/],
  ['WebAssembly is switched off', '', ['--jitless'], /--jitless.*run node without that flag/],
];

for (const [name, setup, flags, expected] of CAUSES) {
  test(`F106: where ${name}, the constructor says that, and what to do`, () => {
    const { supported, code, message } = outcome<Support>(setup, MAKE_MANAGER + PRINT, flags);
    assert.equal([supported, code], [false, 'ERR_UNSUPPORTED_PLATFORM']);
    assert.match(message!, expected);
  });
}

interface Tried {
  name: string;
  code?: string;
  known?: boolean;
}

const TRY_ALL = `const { tryAll } = await import('${OPENERS}');
  console.log(JSON.stringify(await tryAll()));`;

for (const [where, setup, flags] of [
  ['on another platform', DARWIN, []],
  ['without addons', '', ['--no-addons']],
] as [string, string, string[]][]) {
  test(`F106: ${where} whatever opens a fd is refused by name`, () => {
    const tried = outcome<Tried[]>(setup, TRY_ALL, flags);
    assert.ok(tried.length > 15, `${tried.length} tried`);
    const wrong = tried.filter(({ code, known }) => code !== 'ERR_UNSUPPORTED_PLATFORM' || !known);
    assert.equal(wrong, []);
  });
}

test('F106: a clock without WebAssembly says so', () => {
  const program = `
    const { TestClock } = await import('wasm-event-manager/clock');
    const outcome = {};
    try { new TestClock(); } catch ({ code }) { outcome.code = code; }
    ${PRINT}`;
  const { code } = outcome<Support>('', program, ['--jitless']);
  assert.is(code, 'ERR_UNSUPPORTED_PLATFORM');
});

test('F126: where there is no libuv, attach is refused by name, and run works', () => {
  const setup = `
    const versions = { ...process.versions, bun: '1.0.0' };
    Object.defineProperty(process, 'versions', { value: versions });`;
  const program = `
    const { EventFd, EventManager, EventSet, interest } = await import('wasm-event-manager');
    const manager = new EventManager();
    const bell = new EventFd(1);
    const codes = [];
    const note = ({ code, message }) => codes.push(code, /Bun.*Call run/.test(message));
    try { manager.attach(); } catch (error) { note(error); }
    await manager.readable(bell).catch(note);
    try { for await (const _ of manager.watch(bell, EventSet.IN)) break; } catch (e) { note(e); }
    interest().read().withFd(bell).withHandler(({ source }) => source.read())
      .registerInto(manager);
    console.log(JSON.stringify([...codes, manager.run()]));`;
  const refused = ['ERR_UNSUPPORTED_PLATFORM', true];
  const expected = [...refused, ...refused, ...refused, 1];
  assert.equal(outcome<unknown[]>(setup, program), expected);
});

test.run();
