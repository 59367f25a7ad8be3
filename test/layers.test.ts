import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The rows of the tables in ARCHITECTURE.md: each room, and those that it may import. */
const ROOMS = new Map(
  [...read('ARCHITECTURE.md').matchAll(/^\| +`(host|assembly)\/(\S*)` +\|.*\| +(.*?) +\|$/gm)].map(
    ([, side, name, imports]) => [
      `${side}/${name}`.replace(/\/$/, ''),
      [...imports!.matchAll(/`([^`]+)`/g)].map(([, room]) => room!),
    ],
  ),
);
const NAMES = [...ROOMS.keys()].join(', ');
/** What every room may import: the numbers that both sides of the boundary agree on. */
const ABI = 'assembly/abi.ts';

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

const files = [...sources('assembly'), ...sources('host')];
const roomOf = (file: string) => dirname(file);
const isDoor = (file: string) => /\/(index|internal)\.ts$/.test(file);

/** Everything that a file imports of this tree, types and types in place included. */
function importsOf(file: string): string[] {
  const text = read(file);
  const statements = text.matchAll(/^(?:import|export)\b[^;]*?from '(\.[^']+)';/gms);
  const inPlace = text.matchAll(/\bimport\('(\.[^']+)'\)/g);
  return [...statements, ...inPlace].map(([, from]) => {
    const path = relative(ROOT, resolve(ROOT, dirname(file), from!)).replace(/\.js$/, '');
    const target = files.find((each) => each === `${path}.ts` || each === `${path}/index.ts`);
    assert.ok(target, `${file} imports ${from}, which is no file`);
    return target;
  });
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));

test('every file lies in a room', () => {
  assert.ok(ROOMS.size > 10, 'ARCHITECTURE.md shows the rooms');
  const homeless = files.filter((file) => !ROOMS.has(roomOf(file)));
  assert.equal(homeless, [], `each belongs in one of ${NAMES}, or ARCHITECTURE.md has a new row`);
  const empty = [...ROOMS.keys()].filter((room) => !files.some((file) => roomOf(file) === room));
  assert.equal(empty, [], 'rooms of ARCHITECTURE.md without a file');
});

test('at the root of host/ there is index.ts and nothing else', () => {
  const atRoot = files.filter((file) => roomOf(file) === 'host');
  assert.equal(atRoot, ['host/index.ts'], `what else is there belongs in one of ${NAMES}`);
});

test('a room imports those of its row, and no others', () => {
  const wrong: string[] = [];
  for (const [file, targets] of imports) {
    const own = roomOf(file);
    for (const target of targets) {
      const room = roomOf(target);
      if (room === own || target === ABI || ROOMS.get(own)?.includes(room)) continue;
      wrong.push(`${file} imports ${target}: the row of ${own} does not name ${room}`);
    }
  }
  assert.equal(wrong, [], wrong.join('\n'));
});

test('a row names no room that is not imported', () => {
  for (const [room, named] of ROOMS) {
    const of = files.filter((file) => roomOf(file) === room);
    const used = new Set(of.flatMap((file) => imports.get(file)!.map(roomOf)));
    const idle = named.filter((each) => !used.has(each));
    assert.equal(idle, [], `the row of ${room}`);
  }
});

test('a room of host/ is entered by its door, index.ts or internal.ts', () => {
  const wrong: string[] = [];
  for (const [file, targets] of imports) {
    for (const target of targets) {
      if (roomOf(target) === roomOf(file) || !target.startsWith('host/') || isDoor(target))
        continue;
      wrong.push(`${file} imports ${target}: let ${roomOf(target)}/index.ts export what it needs`);
    }
  }
  assert.equal(wrong, [], wrong.join('\n'));
});

test('a door does nothing but export', () => {
  for (const file of files.filter((each) => each.startsWith('host/') && isDoor(each))) {
    const rest = read(file).replace(/^export (type )?(\{[^}]*\}|\*) from '[^']+';$/gm, '');
    const code = rest.replace(/\/\*[\s\S]*?\*\//g, '').trim();
    assert.is(code, '', file);
  }
});

test('no circle of imports, types included', () => {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' -> ')}`);
    if (done.has(file)) return;
    for (const target of imports.get(file)!) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  assert.is(done.size, files.length);
});

test('assembly/ imports nothing from elsewhere', () => {
  for (const file of sources('assembly')) {
    for (const target of imports.get(file)!) assert.match(target, /^assembly\//, file);
  }
});

test('koffi is known to one file', () => {
  const knowing = files.filter((file) =>
    /(require\(|from |import\()['"]koffi['"]/.test(read(file)),
  );
  assert.equal(knowing, ['host/sys/koffi.ts']);
});

test.run();
