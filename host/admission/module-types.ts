import type { ByteReader } from './byte-reader.js';
import { PARAMETERS_MAX, TYPES_MAX } from './limits.js';
import { refused, tooMuch } from './refusal.js';

/** Value types, by their bytes. Those of garbage collection and typed references are not here. */
const VALUE_TYPES = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);
const FUNCTION = 0x60;
const GARBAGE_COLLECTED = new Set([0x5f, 0x5e, 0x50, 0x4f, 0x4e]);

/** What a function takes and returns. */
export interface FunctionType {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

/** As '(i32, f64) -> i32'. */
export function signatureOf({ parameters, results }: FunctionType): string {
  return `(${parameters.join(', ')}) -> ${results.length === 0 ? 'nothing' : results.join(', ')}`;
}

export function readValueType(reader: ByteReader): string {
  const at = reader.offset;
  const name = VALUE_TYPES.get(reader.byte());
  if (name === undefined) throw refused('a value type of another proposal', at);
  return name;
}

/** 0x70 or 0x6f. */
export function readReferenceType(reader: ByteReader): string {
  const at = reader.offset;
  const name = readValueType(reader);
  if (name !== 'funcref' && name !== 'externref') throw refused(`a reference to ${name}`, at);
  return name;
}

/** The type section. */
export function readTypes(reader: ByteReader): FunctionType[] {
  const at = reader.offset;
  const count = reader.u32();
  if (count > TYPES_MAX) throw tooMuch('types', count, TYPES_MAX, at);
  return Array.from({ length: count }, () => readFunctionType(reader));
}

function readFunctionType(reader: ByteReader): FunctionType {
  const at = reader.offset;
  const form = reader.byte();
  if (GARBAGE_COLLECTED.has(form)) throw refused('a type of the garbage collector', at);
  if (form !== FUNCTION) throw refused('a type that is no function', at);
  return { parameters: readValueTypes(reader), results: readValueTypes(reader) };
}

function readValueTypes(reader: ByteReader): string[] {
  const at = reader.offset;
  const count = reader.u32();
  if (count > PARAMETERS_MAX) {
    throw tooMuch('parameters or results', count, PARAMETERS_MAX, at);
  }
  return Array.from({ length: count }, () => readValueType(reader));
}
