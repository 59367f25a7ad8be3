/**
 * Generates layout.ts: the WIT's records as classes, which AssemblyScript lays out as
 * the component model's canonical ABI does; the numbers of the variants' cases; and the shape of
 * each function's answer. The module is written against these names, so that it no longer
 * compiles when the WIT says something else.
 */

const BANNER = '// Generated from wit/ by assembly/component/build.mjs. Do not edit.\n';
const PLAIN = new Set(['bool', 'u8', 's8', 'u16', 's16', 'u32', 's32', 'u64', 's64']);

/** The text of layout.ts for what `parseWit` has read. */
export function generateLayout(wit) {
  const types = new Map();
  const answers = [];
  for (const name of [...wit.imports.values(), ...wit.exports.values()]) {
    const declared = wit.interfaces.get(name);
    if (!declared) throw new Error(`WIT: the world names ${name}, which is not in wit/`);
    for (const [called, { answer: words }] of declared.functions) {
      const inMemory = words.filter((word) => isInMemory(declared, word));
      for (const word of inMemory) types.set(word, declared.types.get(word));
      if (words.length > 1 || inMemory.length > 0) {
        answers.push({ name: `${pascal(declared.short)}${pascal(called)}Answer`, words });
      }
    }
  }
  const parts = [...types].map(([name, type]) =>
    type.kind === 'record' ? classOf(wit, name, type.members) : casesOf(name, type.members),
  );
  return [BANNER, importsOf(answers, types), ...parts, aliasesOf(answers)].join('\n');
}

function isInMemory(declared, name) {
  const type = declared.types.get(name);
  return type !== undefined && type.kind !== 'alias';
}

function importsOf(answers, types) {
  const own = [...types.keys()].map(pascal);
  const shapes = new Set(answers.map(({ words }) => shapeOf(words)));
  const names = [...shapes].filter((name) => !own.includes(name)).sort();
  return `import {\n${names.map((name) => `  ${name},\n`).join('')}} from './answer';\n`;
}

function classOf(wit, name, members) {
  const fields = members.map((field) => `  ${camel(field.name)}: ${plainType(wit, field.type)};\n`);
  return `@unmanaged\nexport class ${pascal(name)} {\n${fields.join('')}}\n`;
}

function casesOf(name, members) {
  const prefix = constant(name);
  return members
    .map((member, index) => `export const ${prefix}_${constant(member.name)} = ${index};\n`)
    .join('');
}

function aliasesOf(answers) {
  return answers.map(({ name, words }) => `export type ${name} = ${shapeOf(words)};\n`).join('');
}

/** `result<list<delivery>, error>` is told by its shape's name, ResultListDeliveryError. */
function shapeOf(words) {
  return words.map((word) => (word === '_' ? 'Nothing' : pascal(word))).join('');
}

/** AssemblyScript's name of a field's type. Aliases are followed, also into other interfaces. */
function plainType(wit, name) {
  if (PLAIN.has(name)) return name.replace(/^s(\d+)$/, 'i$1');
  for (const { types } of wit.interfaces.values()) {
    const type = types.get(name);
    if (type?.kind === 'alias') return plainType(wit, type.type);
  }
  throw new Error(`WIT: a ${name} inside of a record is not understood by layout.mjs`);
}

function constant(name) {
  return name.replaceAll('-', '_').toUpperCase();
}

function pascal(name) {
  return name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());
}

function camel(name) {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}
