import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const PROGRAM = `
  const { EventManager } = await import('wasm-event-manager');
  const outcome = { supported: EventManager.isSupported() };
  try {
    new EventManager();
  } catch ({ code, message }) {
    Object.assign(outcome, { code, message });
  }
  const { SimulatedSyscalls } = await import('wasm-event-manager/testing');
  outcome.simulated = new EventManager({ syscalls: new SimulatedSyscalls() }).runWithTimeout(0);
  console.log(JSON.stringify(outcome));
`;

/** What the library does in a process that \`setup\` has made another. */
function outcome(setup: string): {
  supported: boolean;
  code?: string;
  message?: string;
  simulated: number;
} {
  const args = ['--input-type=module', '--eval', `${setup}\n${PROGRAM}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

test('F106: here it is supported', () => {
  assert.equal(outcome(''), { supported: true, simulated: 0 });
});

test('F106: on another platform the import succeeds, and the constructor says why', () => {
  const setup = "Object.defineProperty(process, 'platform', { value: 'darwin' });";
  const { supported, code, message, simulated } = outcome(setup);
  assert.equal([supported, code, simulated], [false, 'ERR_UNSUPPORTED_PLATFORM', 0]);
  assert.match(message!, /interface of Linux, and this is darwin/);
});

test('F106: where koffi has no binary, the constructor says that', () => {
  const setup = `
    import Module from 'node:module';
    const load = Module._load;
    Module._load = (request, ...rest) => {
      if (request === 'koffi') throw new Error('no native module for this machine');
      return load(request, ...rest);
    };`;
  const { supported, code, message } = outcome(setup);
  assert.equal([supported, code], [false, 'ERR_UNSUPPORTED_PLATFORM']);
  assert.match(message!, /koffi.*no native module for this machine/);
});

test.run();
