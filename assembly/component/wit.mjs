import { readdirSync, readFileSync } from 'node:fs';

/**
 * The component's WIT, read for what the build needs of it: the names of its interfaces and
 * functions, and the types that the module has to lay out. Reads the part of the language that
 * `wit/` is written in, and says so when it meets more.
 *
 * Everything that is said about the boundary is said there; this is what lets the module, the
 * transform and the build follow it.
 */

const DIRECTORY = new URL('../../wit/', import.meta.url);

/** The main file's text with its dependencies nested in it, as one source for jco. */
export function readWitSource() {
  const dependencies = readdirSync(new URL('deps/', DIRECTORY)).sort();
  const nested = dependencies.map((name) =>
    nest(readFileSync(new URL(`deps/${name}`, DIRECTORY), 'utf8')),
  );
  return [readFileSync(new URL('reactor.wit', DIRECTORY), 'utf8'), ...nested].join('\n');
}

/** `package a:b@1.0.0;` and what follows it, as `package a:b@1.0.0 { … }`. */
function nest(text) {
  return `${text.replace(/^(package [^;]+);/m, '$1 {')}\n}\n`;
}

/** The world of a source, with the interfaces it imports and exports, by their short names. */
export function parseWit(source) {
  const reader = new Reader(source.replace(/\/\/.*$/gm, ''));
  const wit = { world: '', imports: new Map(), exports: new Map(), interfaces: new Map() };
  parsePackage(reader, wit, packageName(reader));
  return wit;
}

function packageName(reader) {
  reader.expect('package');
  const name = reader.next();
  reader.expect(';');
  return splitVersion(name);
}

function splitVersion(name) {
  const [path, version] = name.split('@');
  return { path, version };
}

function parsePackage(reader, wit, name) {
  while (!reader.done && reader.peek() !== '}') {
    const keyword = reader.next();
    if (keyword === 'interface') parseInterface(reader, wit, name);
    else if (keyword === 'world') parseWorld(reader, wit, name);
    else if (keyword === 'package') parseNested(reader, wit);
    else throw new Error(`WIT: '${keyword}' is not understood by wit.mjs`);
  }
}

function parseNested(reader, wit) {
  const name = splitVersion(reader.next());
  reader.expect('{');
  parsePackage(reader, wit, name);
  reader.expect('}');
}

function parseWorld(reader, wit, name) {
  wit.world = reader.next();
  reader.expect('{');
  while (!reader.accept('}')) {
    const direction = reader.next();
    const target = reader.next();
    reader.expect(';');
    const short = target.replace(/^.*\//, '').replace(/@.*$/, '');
    const full = target.includes('/') ? target : `${name.path}/${target}@${name.version}`;
    wit[`${direction}s`].set(short, full);
  }
}

function parseInterface(reader, wit, name) {
  const functions = new Map();
  const types = new Map();
  const short = reader.next();
  wit.interfaces.set(`${name.path}/${short}@${name.version}`, { short, functions, types });
  reader.expect('{');
  while (!reader.accept('}')) {
    const word = reader.next();
    if (word === 'use') reader.skipPast(';');
    else if (word === 'type') types.set(reader.next(), parseAlias(reader));
    else if (word === 'record' || word === 'variant')
      types.set(reader.next(), parseBody(reader, word));
    else if (reader.accept(':')) functions.set(word, parseFunction(reader));
    else throw new Error(`WIT: '${word}' is not understood by wit.mjs`);
  }
}

function parseAlias(reader) {
  reader.expect('=');
  const type = reader.next();
  reader.expect(';');
  return { kind: 'alias', type };
}

/** The fields of a record, or the cases of a variant with what each of them carries. */
function parseBody(reader, kind) {
  const members = [];
  reader.expect('{');
  while (!reader.accept('}')) {
    const name = reader.next();
    let type;
    if (reader.accept(':')) type = reader.next();
    if (reader.accept('(')) {
      type = reader.next();
      reader.expect(')');
    }
    members.push({ name, type });
    if (reader.peek() !== '}') reader.expect(',');
  }
  return { kind, members };
}

/** A function's parameters, and what it answers: a type in its words, or no words at all. */
function parseFunction(reader) {
  const parameters = [];
  reader.expect('func');
  reader.expect('(');
  while (!reader.accept(')')) {
    const name = reader.next();
    reader.expect(':');
    parameters.push({ name, words: parseType(reader) });
    if (reader.peek() !== ')') reader.expect(',');
  }
  const answer = reader.accept('->') ? parseType(reader) : [];
  reader.expect(';');
  return { parameters, answer };
}

/** `result<list<delivery>, error>` as ['result', 'list', 'delivery', 'error']. */
function parseType(reader) {
  const words = [reader.next()];
  if (!reader.accept('<')) return words;
  do words.push(...parseType(reader));
  while (reader.accept(','));
  reader.expect('>');
  return words;
}

/** Words and signs, one after the other. */
class Reader {
  #words;
  #at = 0;

  constructor(text) {
    this.#words = text.match(/->|[\w-]+(?::[\w-]+)?(?:\/[\w-]+)?(?:@[\d.]+)?|[^\s\w]/g) ?? [];
  }

  get done() {
    return this.#at === this.#words.length;
  }

  peek() {
    return this.#words[this.#at];
  }

  next() {
    if (this.done) throw new Error('WIT: the text ends where more was expected');
    return this.#words[this.#at++];
  }

  accept(word) {
    if (this.peek() !== word) return false;
    this.#at += 1;
    return true;
  }

  expect(word) {
    const found = this.next();
    if (found !== word) throw new Error(`WIT: expected '${word}' and found '${found}'`);
  }

  skipPast(word) {
    while (this.next() !== word);
  }
}
