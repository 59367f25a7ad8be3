import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AllowedImports,
  admitModule,
  inspectModule,
  ModuleRefusedError,
} from 'wasm-event-manager/plugin';
import { randomFrom } from './fixtures/random.js';
import { PLAIN, randomModules, wat } from './fixtures/wat.js';

const SEED = Number(process.env.WEM_SEED ?? Date.now() % 2 ** 31);
const MUTANTS = Number(process.env.WEM_MODULES ?? 5_000);

function refusal(bytes: Uint8Array, limits = {}): ModuleRefusedError {
  try {
    inspectModule(bytes, limits);
  } catch (error) {
    assert.instance(error, ModuleRefusedError, String(error));
    return error as ModuleRefusedError;
  }
  return assert.unreachable('admitted') as never;
}

/** By what it has, a module, and a word of the feature that is named. */
const FORBIDDEN: Record<string, [module: string, feature: RegExp]> = {
  'a struct of the garbage collector': [
    '(module (type $s (struct (field i32))) (func (param (ref null $s))))',
    /garbage collector|value type/,
  ],
  'an exception': ['(module (tag $t) (func (throw $t)))', /exceptions/],
  'a memory of 64 bits': ['(module (memory i64 1))', /memory64/],
  'two memories': ['(module (memory 1) (memory 1))', /several memories/],
  'a shared memory': ['(module (memory 1 2 shared))', /shared memory/],
  'an atomic instruction': [
    '(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))',
    /atomic/,
  ],
  'a tail call': ['(module (func $f (return_call $f)))', /tail call/],
  'a table of 64 bits': ['(module (table i64 1 funcref))', /table64/],
  'an imported memory': ['(module (import "a" "b" (memory 1)))', /import of a memory/],
  'an imported table': ['(module (import "a" "b" (table 1 funcref)))', /import of a table/],
  'an imported global': ['(module (import "a" "b" (global i32)))', /import of a global/],
  'a relaxed vector instruction': [
    '(module (func (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_s (local.get 0))))',
    /relaxed/,
  ],
  'a typed function reference': [
    '(module (type $f (func)) (func (param (ref null $f)) (call_ref $f (local.get 0))))',
    /value type|typed function/,
  ],
  'a reserved name': ['(module (func (export "wem:fuel")))', /reserved/],
};

for (const [what, [text, feature]] of Object.entries(FORBIDDEN)) {
  test(`${what} is refused by name, with its place`, () => {
    const bytes = wat(text);
    const error = refusal(bytes);
    assert.match(error.feature, feature);
    assert.is(error.code, 'ERR_MODULE_REFUSED');
    assert.ok(error.offset > 0 && error.offset < bytes.length, `offset ${error.offset}`);
    assert.match(error.message, `byte ${error.offset}`);
  });
}

test('what goes beyond a limit names the limit', () => {
  const module = wat('(module (memory 3) (table 5 funcref) (table 6 externref) (func) (func))');
  const cases: [object, number][] = [
    [{ memoryPages: 2 }, 2],
    [{ tableEntries: 10 }, 10],
    [{ functions: 1 }, 1],
    [{ moduleBytes: 8 }, 8],
  ];
  for (const [limits, limit] of cases) {
    assert.is(refusal(module, limits).limit, limit, JSON.stringify(limits));
  }
  const exactly = { memoryPages: 3, tableEntries: 11, functions: 2, moduleBytes: module.length };
  assert.is(inspectModule(module, exactly).functions, 2);
});

test('no Wasm, half of it, and a component are refused', () => {
  assert.is(refusal(new Uint8Array(0)).offset, 0);
  assert.is(refusal(Buffer.from('#!/bin/sh')).feature, 'malformed');
  const component = Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0);
  assert.match(refusal(component).feature, 'component');
  const whole = wat('(module (memory 1) (func (export "f") (result i32) (i32.const 1)))');
  for (let length = 0; length < whole.length; length += 1) {
    try {
      inspectModule(whole.subarray(0, length));
    } catch (error) {
      assert.instance(error, ModuleRefusedError, `cut at ${length}: ${error}`);
    }
  }
});

test('memory and tables can grow up to their limits and no further', () => {
  const text = `(module (memory (export "memory") 1) (table $a 1 funcref) (table $b 2 9 funcref)
    (func (export "memory_grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "a") (param i32) (result i32) (table.grow $a (ref.null func) (local.get 0)))
    (func (export "b") (param i32) (result i32) (table.grow $b (ref.null func) (local.get 0))))`;
  const { bytes } = admitModule(wat(text, PLAIN), { memoryPages: 4, tableEntries: 13 });
  const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<
    string,
    (by: number) => number
  >;
  assert.equal([exports.memory_grow!(4), exports.memory_grow!(3)], [-1, 1]);
  // Ten entries are left: five for each, and 'b' had declared seven more itself.
  assert.equal([exports.a!(6), exports.a!(5), exports.b!(6), exports.b!(5)], [-1, 1, -1, 2]);
});

test('an import is admitted by its name and its signature', () => {
  const module = wat('(module (import "host" "f" (func (param i32 f64) (result i32))))');
  const signature = '(i32, f64) -> i32';
  assert.equal(inspectModule(module).imports, [{ module: 'host', name: 'f', signature }]);
  assert.ok(admitModule(module, { imports: { host: { f: signature } } }).bytes.length > 8);
  const others: AllowedImports[] = [{}, { host: {} }, { host: { f: '() -> nothing' } }];
  for (const imports of others) {
    assert.throws(() => admitModule(module, { imports }), /'host' 'f'/);
  }
  const inherited = wat('(module (import "constructor" "name" (func)))');
  assert.throws(() => admitModule(inherited, {}), /not offered/);
});

test('fuzz: a module is refused by its error, or stays valid, whatever its bytes', () => {
  console.log(`seed ${SEED}, ${MUTANTS} modules (WEM_SEED, WEM_MODULES)`);
  const random = randomFrom(SEED);
  const noise = () => Uint8Array.from({ length: 100 + random(3_000) }, () => random(256));
  const plain = ['exception-handling', 'gc', 'threads', 'multimemory', 'memory64', 'tail-call'];
  const mvp = ['-all', ...plain.map((feature) => `--disable-${feature}`)];
  const bases = [
    ...randomModules(Array.from({ length: 4 }, noise), ['-all']),
    ...randomModules(Array.from({ length: 6 }, noise), mvp),
    wat(`(module (memory 1) (table 2 funcref) (elem (i32.const 0) $f) (data (i32.const 0) "x")
      (global $g (mut i32) (i32.const 1)) (func $start) (start $start)
      (func $f (export "f") (param i32) (result i32) (loop $l (br_if $l (local.get 0)))
        (memory.fill (i32.const 0) (i32.const 1) (local.get 0)) (i32.const 3)))`),
  ];
  let [admitted, refused] = [0, 0];
  for (let i = 0; i < MUTANTS; i += 1) {
    const bytes = Uint8Array.from(bases[random(bases.length)]!);
    for (let changes = random(4); changes > 0; changes -= 1) {
      bytes[random(bytes.length)] = random(256);
    }
    const cut = random(20) === 0 ? bytes.slice(0, random(bytes.length)) : bytes;
    if (surviveOne(cut)) admitted += 1;
    else refused += 1;
  }
  assert.ok(admitted > 0 && refused > 0, `${admitted} admitted, ${refused} refused`);
});

/** Whether a module was admitted; then what was valid has to be so still. */
function surviveOne(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    const { imports } = inspectModule(bytes);
    const allowed: Record<string, Record<string, string>> = {};
    for (const { module, name, signature } of imports) {
      allowed[module] ??= {};
      allowed[module][name] = signature;
    }
    const rewritten = admitModule(bytes, { imports: allowed, metered: true }).bytes;
    if (WebAssembly.validate(bytes)) {
      assert.ok(WebAssembly.validate(rewritten), Buffer.from(bytes).toString('base64'));
    }
    return true;
  } catch (error) {
    if (error instanceof ModuleRefusedError) return false;
    throw error;
  }
}

test.run();
