import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventSet } from 'wasm-event-manager';
import { EPOLL_KNOWN } from '../assembly/abi.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILDS = ['dist/core.wasm', 'build/core.debug.wasm'];
const KIB = 1024;

const compile = (file: string) => new WebAssembly.Module(readFileSync(`${ROOT}${file}`));

/** The names that a TypeScript interface declares. */
function membersOf(source: string, name: string): string[] {
  const body = source.match(new RegExp(`interface ${name} \\{(.*?)^\\}`, 'ms'))?.[1] ?? '';
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map((match) => match[1]!).sort();
}

for (const build of BUILDS) {
  test(`${build} exports what CoreExports says, and its memory`, () => {
    const source = readFileSync(`${ROOT}host/wasm/instance.ts`, 'utf8');
    const exported = WebAssembly.Module.exports(compile(build)).map(({ name }) => name);
    const expected = [...membersOf(source, 'CoreExports'), 'memory'].sort();
    assert.ok(expected.length > 20);
    assert.equal(exported.sort(), expected);
  });

  test(`${build} imports its memory and two system calls`, () => {
    const imported = WebAssembly.Module.imports(compile(build));
    assert.equal(imported.map(({ module, name }) => `${module}.${name}`).sort(), [
      'env.memory',
      'epoll.ctl',
      'epoll.wait',
    ]);
  });
}

test('the known events are those that have a name', () => {
  const bits = Object.values(EventSet).filter((value) => typeof value === 'number');
  assert.is(bits.reduce((all, bit) => all | bit, 0) >>> 0, EPOLL_KNOWN);
});

test('the core module is at most 16 KiB', () => {
  const { size } = statSync(`${ROOT}dist/core.wasm`);
  assert.ok(size > KIB && size <= 16 * KIB, `${size} bytes`);
});

test.run();
