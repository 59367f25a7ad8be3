import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/**
 * What the component's build can't see: that the module's classes have the fields of the WIT's
 * records, its errors the numbers of their cases, and its functions the WIT's parameters, by name,
 * and the WIT's answers. `layout.ts` is laid out by AssemblyScript as the canonical ABI does it.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(ROOT + file, 'utf8').replace(/\/\/.*$/gm, '');
const WIT = read('wit/reactor.wit');
const DURATION = 'u64';

const words = (name: string) => name.split('-');
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const pascal = (name: string) => words(name).map(capital).join('');
const camel = (name: string) => pascal(name).replace(/^./, (letter) => letter.toLowerCase());
const constant = (name: string) => words(name).join('_').toUpperCase();

type Members = [name: string, type: string][];

/** `a: u32, b: option<c>` as pairs. */
function membersOf(list: string): Members {
  const members = [...list.matchAll(/([\w-]+):\s*([^,]+?)\s*(?:,|$)/g)];
  return members.map(([, name, type]) => [name!, type!]);
}

function recordsOf(wit: string): Map<string, Members> {
  const records = [...wit.matchAll(/record ([\w-]+) \{([^}]*)\}/g)];
  return new Map(records.map(([, name, fields]) => [name!, membersOf(fields!)]));
}

/** The parameters as the canonical ABI passes them: a record as its fields, an option as two. */
function flatten(members: Members, records: Map<string, Members>): string[] {
  return members.flatMap(([name, type]) => {
    const inner = type.match(/^option<(.*)>$/)?.[1];
    if (inner) return [`has-${name}`, ...flatten([[name, inner]], records)];
    return records.get(type)?.map(([field]) => field) ?? [name];
  });
}

/** `result<list<delivery>, error>` is called ResultListDeliveryError, and `s32` i32. */
function answerOf(type: string | undefined, records: Map<string, Members>): string {
  if (type === undefined) return 'void';
  const parts = type.match(/[\w-]+/g)!;
  if (parts.length === 1 && !records.has(type)) return type.replace('s32', 'i32');
  return parts.map((part) => (part === '_' ? 'Nothing' : pascal(part))).join('');
}

/** Everything that layout.ts is to say, a line for each. */
function expectedLayout(wit: string): string[] {
  const aliases = new Map([['duration', DURATION]]);
  for (const [, name, type] of wit.matchAll(/type ([\w-]+) = (\w+);/g)) aliases.set(name!, type!);
  // The options come in one by one, as parameters.
  const records = [...recordsOf(wit)].filter(([name]) => name !== 'options');
  const classes = records.map(([name, fields]) => {
    const typed = fields.map(([field, type]) => `${camel(field)}: ${aliases.get(type) ?? type}`);
    return `${pascal(name)} { ${typed.join('; ')} }`;
  });
  const cases = wit.match(/variant error \{([^}]*)\}/)![1]!.match(/[a-z-]+(?=[,(])/g)!;
  return [...classes, ...cases.map((name, index) => `ERROR_${constant(name)} = ${index}`)];
}

function actualLayout(): string[] {
  const text = read('assembly/component/layout.ts');
  const classes = [...text.matchAll(/@unmanaged\nexport class (\w+) \{([^}]*)\}/g)].map(
    ([, name, body]) => `${name} { ${body!.trim().replace(/;\s+/g, '; ').replace(/;$/, '')} }`,
  );
  return [...classes, ...[...text.matchAll(/const (\w+ = \d+);/g)].map(([, each]) => each!)];
}

/** The functions of the WIT, as the module is to declare them. */
function expectedFunctions(wit: string): string[] {
  const records = recordsOf(wit);
  const found = wit.matchAll(/([\w-]+): func\(([^)]*)\)(?: -> ([^;]+))?;/g);
  return [...found].map(([, name, parameters, type]) => {
    const names = flatten(membersOf(parameters!), records).map(camel);
    return `${camel(name!)}(${names.join(', ')}): ${answerOf(type, records)}`;
  });
}

function actualFunctions(): string[] {
  const files = ['component/index', 'component/wait', 'component/epoll', 'tables/epoll'];
  const texts = files.map((file) => read(`assembly/${file}.ts`)).join('\n');
  const found = texts.matchAll(/^export (?:declare )?function (\w+)\(([^)]*)\): (\w+)/gm);
  return [...found].map(([, name, parameters, answer]) => {
    const names = membersOf(parameters!).map(([each]) => each);
    // An import that answers more than a number has one more parameter: where it goes.
    const last = parameters!.match(/\banswer: (\w+)/)?.[1];
    if (last) names.pop();
    return `${name}(${names.join(', ')}): ${last ?? answer}`;
  });
}

/** What the WIT says and the module doesn't. */
function missing(wit: string): string[] {
  const actual = new Set([...actualLayout(), ...actualFunctions()]);
  return [...expectedLayout(wit), ...expectedFunctions(wit)].filter((each) => !actual.has(each));
}

test('records, errors and functions are as in the WIT', () => {
  assert.equal(missing(WIT), []);
  assert.equal(actualLayout().sort(), expectedLayout(WIT).sort(), 'and there are no others');
  assert.ok(expectedFunctions(WIT).length >= 16);
});

test('the module exports the functions of the reactor, and no others', () => {
  const module = new WebAssembly.Module(readFileSync(`${ROOT}build/component.core.wasm`));
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name.split('#')[1]);
  const reactor = WIT.slice(WIT.indexOf('interface reactor'));
  const functions = [...reactor.matchAll(/([\w-]+): func/g)].map(([, name]) => name!);
  assert.equal(exported.filter((name) => name !== undefined).sort(), functions.sort());
});

const CHANGES: [string | RegExp, string, RegExp][] = [
  ['remove: func(subscriber: subscriber-id, fd: u32)', 'remove: func(fd: u32)', /^remove\(fd\)/],
  [/(record delivery \{\s*)(events.*\n)(.*\n)/, '$1$3$2', /^Delivery/],
  ['    stale: u64,', '    stale: u32,', /^Counts/],
  ['    not-owner,', '    not-yours,', /^ERROR_NOT_YOURS = 5/],
  ['-> result<subscriber-id, error>', '-> result<u32, error>', /: ResultU32Error$/],
  ['option<duration>) -> result<list<event>', 'duration) -> result<list<event>', /^wait\(/],
];

for (const [from, to, says] of CHANGES) {
  test(`a WIT with ${to.trim()} is noticed`, () => {
    const changed = WIT.replace(from, to);
    assert.is.not(changed, WIT, 'the WIT has what is to be changed');
    assert.match(missing(changed).join('\n'), says);
  });
}

test.run();
