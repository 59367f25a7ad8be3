import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** From left to right: a file imports only from its own layer, or from one before it. */
const LAYERS = ['assembly/', 'host/sys/', 'host/wasm/', 'host/', 'host/*/'];

/** What users see first shows what the layer to its right makes: `expose`, the sources, … */
const FACADES = ['host/index.ts', 'host/event-manager.ts'];

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

function layerOf(file: string): number {
  if (file.startsWith('assembly/')) return 0;
  if (file.startsWith('host/sys/')) return 1;
  if (file.startsWith('host/wasm/')) return 2;
  return file.split('/').length === 2 ? 3 : 4;
}

function importsOf(file: string): { from: string; typeOnly: boolean }[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const statements = text.matchAll(/^(import|export)( type)? [^;]*?from '([^']+)';/gms);
  return [...statements].map(([, , type, from]) => ({ from: from!, typeOnly: type !== undefined }));
}

function target(file: string, from: string): string {
  const path = relative(ROOT, resolve(ROOT, dirname(file), from)).replace(/\.js$/, '');
  return `${path}.ts`;
}

const files = [...sources('assembly'), ...sources('host')];

test('each file imports from its own layer, or from one to its left', () => {
  const wrong: string[] = [];
  for (const file of files) {
    if (FACADES.includes(file)) continue;
    for (const { from } of importsOf(file).filter((each) => each.from.startsWith('.'))) {
      const to = target(file, from);
      assert.ok(files.includes(to), `${file} imports ${from}, which is no file`);
      if (layerOf(to) > layerOf(file)) wrong.push(`${file} -> ${to}`);
    }
  }
  assert.equal(wrong, [], `the layers are ${LAYERS.join(', ')}`);
});

test('assembly/ imports nothing from elsewhere', () => {
  for (const file of sources('assembly')) {
    for (const { from } of importsOf(file))
      assert.ok(target(file, from).startsWith('assembly/'), `${file}: ${from}`);
  }
});

test('koffi is known to one file', () => {
  const knowing = files.filter((file) =>
    /['"]koffi['"]/.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  assert.equal(knowing, ['host/sys/libc.ts']);
});

test('no circle of imports, types aside', () => {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    if (done.has(file)) return;
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' -> ')}`);
    for (const { from, typeOnly } of importsOf(file)) {
      if (!typeOnly && from.startsWith('.')) visit(target(file, from), [...path, file]);
    }
    done.add(file);
  };
  // AssemblyScript has no imports of types alone, and the generated layout is one of types.
  const layout = 'assembly/component/layout.ts';
  done.add(layout);
  for (const file of files) visit(file, []);
  assert.is(done.size, files.length);
});

test.run();
