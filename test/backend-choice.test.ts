import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend } from 'wasm-event-manager';
import { HAS_NODE_FFI, nodeFfi, testWith, withCopy } from './fixtures/needs.js';

/** The error that making a manager throws, and the backend then. */
function refusal(options: string, env: NodeJS.ProcessEnv = {}) {
  const program = `
    import { EventManager } from 'wasm-event-manager';
    let error = {};
    try { new EventManager(${options}); } catch ({ name, code, message }) {
      error = { name, code, message };
    }
    console.log(JSON.stringify({ error, backend: EventManager.backend }));`;
  return withCopy((copy) =>
    copy.run<{ error: { name: string; code: string; message: string }; backend: Backend }>(
      program,
      [],
      env,
    ),
  );
}

test('an ffi that does not exist is refused, with those that do', () => {
  for (const [value, code] of [
    ["'c'", 'ERR_OUT_OF_RANGE'],
    ["'Node'", 'ERR_OUT_OF_RANGE'],
    ['1', 'ERR_INVALID_ARG_TYPE'],
    ['{}', 'ERR_INVALID_ARG_TYPE'],
  ] as const) {
    const { error, backend } = refusal(`{ ffi: ${value} }`);
    assert.is(error.code, code, value);
    assert.match(error.message, /ffi must be one of auto, koffi, node, not /);
    assert.is(backend.ffi, 'koffi');
  }
});

test('a variable of the environment that names no ffi is refused by managers', () => {
  const { error } = refusal('', { WASM_EVENT_MANAGER_FFI: 'rust' });
  assert.is(error.code, 'ERR_FFI_UNAVAILABLE');
  assert.match(
    error.message,
    /WASM_EVENT_MANAGER_FFI must be one of auto, koffi, node, not "rust"/,
  );
});

test("'node' where there is no node:ffi is refused, with what there is", () => {
  if (HAS_NODE_FFI) return console.log('SKIPPED no node:ffi: this Node has it');
  const { error } = refusal("{ ffi: 'node' }");
  assert.is(error.code, 'ERR_FFI_UNAVAILABLE');
  assert.match(error.message, /has no node:ffi.*There are 'auto' and 'koffi'/);
  const variable = refusal('', { WASM_EVENT_MANAGER_FFI: 'node' });
  assert.match(variable.error.message, /WASM_EVENT_MANAGER_FFI can't be 'node': .* no node:ffi/);
});

testWith(nodeFfi, 'an ffi beside an option that is refused changes nothing', () => {
  const { error, backend } = refusal("{ ffi: 'node', capacity: -1 }");
  assert.is(error.code, 'ERR_INVALID_CAPACITY');
  assert.is(backend.ffi, 'koffi');
});

testWith(
  nodeFfi,
  'the last manager that asks decides for its thread, and what is there goes on',
  () => {
    const program = `
    import { EventFd, EventManager, interest } from 'wasm-event-manager';
    const bell = new EventFd();
    const rings = [];
    const one = new EventManager({ ffi: 'koffi' });
    interest().read().withFd(bell).withHandler(() => rings.push(Number(bell.read())))
      .registerInto(one);
    const used = ['koffi', 'node', 'koffi', 'node'].map((ffi) => {
      new EventManager({ ffi }).close();
      new EventManager().close();
      bell.write(rings.length + 1);
      one.run();
      return EventManager.backend.ffi;
    });
    console.log(JSON.stringify({ used, rings }));`;
    const { used, rings } = withCopy((copy) =>
      copy.run<{ used: string[]; rings: number[] }>(program),
    );
    assert.equal(used, ['koffi', 'node', 'koffi', 'node']);
    assert.equal(rings, [1, 2, 3, 4]);
  },
);

testWith(nodeFfi, 'a worker goes by the environment, and by its own managers', () => {
  const program = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { EventManager } from 'wasm-event-manager';
    const url = import.meta.resolve('wasm-event-manager');
    const ask = async (options, env) => {
      const code = "import('" + url + "').then(({ EventManager }) => {" +
        "new EventManager(" + options + ").close();" +
        "const { parentPort } = process.getBuiltinModule('node:worker_threads');" +
        "parentPort.postMessage(EventManager.backend.ffi); })";
      const worker = new Worker(code, { eval: true, env: { ...process.env, ...env } });
      const [ffi] = await once(worker, 'message');
      await once(worker, 'exit');
      return ffi;
    };
    const ffi = await Promise.all([
      ask('', {}), ask('{ ffi: "node" }', {}), ask('', { WASM_EVENT_MANAGER_FFI: 'node' }),
    ]);
    console.log(JSON.stringify({ ffi, main: EventManager.backend.ffi }));`;
  const { ffi, main } = withCopy((copy) => copy.run<{ ffi: string[]; main: string }>(program));
  assert.equal([...ffi, main], ['koffi', 'node', 'node', 'koffi']);
});

test.run();
