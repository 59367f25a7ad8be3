import type { ByteReader } from './byte-reader.js';
import { malformed, refused } from './refusal.js';

/** What follows an instruction's code. */
const NOTHING = 0;
const BLOCK_TYPE = 1;
const INDEX = 2;
const TWO_INDICES = 3;
const BRANCH_TABLE = 4;
const MEMORY_ARGUMENT = 5;
const MEMORY_INDEX = 6;
const I32 = 7;
const I64 = 8;
const FOUR_BYTES = 9;
const EIGHT_BYTES = 10;
const REFERENCE = 11;
const SELECT_TYPES = 12;
const NUMBERED_FC = 13;
const NUMBERED_FD = 14;
const UNKNOWN = 255;

/** The codes that others ask for. */
export const OP_LOOP = 0x03;
export const OP_BLOCK = 0x02;
export const OP_IF = 0x04;
export const OP_END = 0x0b;
export const OP_CALL = 0x10;
export const OP_CALL_INDIRECT = 0x11;
export const OP_MEMORY_GROW = 0x40;
/** A code of the two-part instructions with prefix 0xfc is 0xfc00 and its number. */
export const OP_FC = 0xfc00;

const IMMEDIATES = immediates();
/** By the kind of what follows. */
const IMMEDIATE_READERS: readonly ((reader: ByteReader) => void)[] = [
  () => {},
  readBlockType,
  (reader) => reader.u32(),
  (reader) => reader.u32() + reader.u32(),
  readBranchTable,
  readMemoryArgument,
  readMemoryIndex,
  (reader) => reader.skipS33(),
  (reader) => reader.skipS64(),
  (reader) => reader.skip(4),
  (reader) => reader.skip(8),
  readReference,
  readSelectTypes,
];
const FC_IMMEDIATES = [
  ...Array.from({ length: 8 }, () => NOTHING), // the saturating conversions
  TWO_INDICES, // memory.init
  INDEX, // data.drop
  TWO_INDICES, // memory.copy
  MEMORY_INDEX, // memory.fill
  TWO_INDICES, // table.init
  INDEX, // elem.drop
  TWO_INDICES, // table.copy
  INDEX, // table.grow
  INDEX, // table.size
  INDEX, // table.fill
];
/** Those that work on as many bytes or entries as the top of the stack says. */
export const BULK: ReadonlySet<number> = new Set([8, 10, 11, 12, 14, 15, 17].map((n) => OP_FC + n));

/** Why each code that isn't allowed is not. */
const FEATURES: readonly [from: number, to: number, feature: string][] = [
  [0x06, 0x0a, 'exceptions'],
  [0x12, 0x13, 'a tail call'],
  [0x14, 0x15, 'a typed function reference'],
  [0x18, 0x19, 'exceptions'],
  [0x1f, 0x1f, 'exceptions'],
  [0xd3, 0xd6, 'a typed function reference'],
  [0xfb, 0xfb, 'the garbage collector'],
  [0xfe, 0xfe, 'an atomic instruction'],
];

function immediates(): Uint8Array {
  const table = new Uint8Array(256).fill(UNKNOWN);
  const set = (from: number, to: number, kind: number) => table.fill(kind, from, to + 1);
  set(0x00, 0x01, NOTHING);
  set(OP_BLOCK, OP_IF, BLOCK_TYPE);
  set(0x05, 0x05, NOTHING);
  set(OP_END, OP_END, NOTHING);
  set(0x0c, 0x0d, INDEX);
  set(0x0e, 0x0e, BRANCH_TABLE);
  set(0x0f, 0x0f, NOTHING);
  set(OP_CALL, OP_CALL, INDEX);
  set(OP_CALL_INDIRECT, OP_CALL_INDIRECT, TWO_INDICES);
  set(0x1a, 0x1b, NOTHING);
  set(0x1c, 0x1c, SELECT_TYPES);
  set(0x20, 0x26, INDEX);
  set(0x28, 0x3e, MEMORY_ARGUMENT);
  set(0x3f, OP_MEMORY_GROW, MEMORY_INDEX);
  set(0x41, 0x41, I32);
  set(0x42, 0x42, I64);
  set(0x43, 0x43, FOUR_BYTES);
  set(0x44, 0x44, EIGHT_BYTES);
  set(0x45, 0xc4, NOTHING);
  set(0xd0, 0xd0, REFERENCE);
  set(0xd1, 0xd1, NOTHING);
  set(0xd2, 0xd2, INDEX);
  set(0xfc, 0xfc, NUMBERED_FC);
  set(0xfd, 0xfd, NUMBERED_FD);
  return table;
}

/**
 * Passes over one instruction, which has to be on the list of those that are known to be harmless:
 * its code.
 */
export function readInstruction(reader: ByteReader): number {
  const at = reader.offset;
  const code = reader.byte();
  const kind = IMMEDIATES[code]!;
  if (kind === NOTHING) return code;
  if (kind === NUMBERED_FC) return readNumberedFc(reader, at);
  if (kind === NUMBERED_FD) return readVector(reader, at);
  if (kind === UNKNOWN) {
    const feature = FEATURES.find(([from, to]) => code >= from && code <= to)?.[2];
    throw refused(feature ?? `the unknown instruction 0x${code.toString(16)}`, at);
  }
  IMMEDIATE_READERS[kind]!(reader);
  return code;
}

function readNumberedFc(reader: ByteReader, at: number): number {
  const number = reader.u32();
  const kind = FC_IMMEDIATES[number];
  if (kind === undefined) throw refused(`the unknown instruction 0xfc ${number}`, at);
  IMMEDIATE_READERS[kind]!(reader);
  return OP_FC + number;
}

/** Nothing, one value type, or the number of a type. */
function readBlockType(reader: ByteReader): void {
  const at = reader.offset;
  const first = reader.skipS33();
  const negative = (first & 0xc0) === 0x40;
  if (reader.offset === at + 1 && negative && !isBlockType(first)) {
    throw refused('a block of a type of another proposal', at);
  }
}

function isBlockType(byte: number): boolean {
  return byte === 0x40 || (byte >= 0x7b && byte <= 0x7f) || byte === 0x70 || byte === 0x6f;
}

function readBranchTable(reader: ByteReader): void {
  const at = reader.offset;
  const count = reader.u32();
  if (count > reader.end - reader.offset) throw malformed('a branch table beyond its end', at);
  for (let i = 0; i <= count; i += 1) reader.u32();
}

/** The alignment's bit 6 would say that the number of a memory follows. */
function readMemoryArgument(reader: ByteReader): void {
  const at = reader.offset;
  if (reader.u32() >= 0x20) throw refused('several memories', at);
  reader.u32();
}

function readMemoryIndex(reader: ByteReader): void {
  const at = reader.offset;
  if (reader.u32() !== 0) throw refused('several memories', at);
}

function readReference(reader: ByteReader): void {
  const at = reader.offset;
  const type = reader.byte();
  if (type !== 0x70 && type !== 0x6f) throw refused('a reference of another proposal', at);
}

function readSelectTypes(reader: ByteReader): void {
  const count = reader.u32();
  for (let i = 0; i < count; i += 1) {
    const at = reader.offset;
    if (!isBlockType(reader.byte())) throw refused('a value type of another proposal', at);
  }
}

/** A vector instruction, of the first proposal: no relaxed one. */
function readVector(reader: ByteReader, at: number): number {
  const number = reader.u32();
  if (number > 0xff) throw refused('a relaxed vector instruction', at);
  if (number <= 11 || number === 92 || number === 93) readMemoryArgument(reader);
  else if (number === 12 || number === 13) reader.skip(16);
  else if (number >= 21 && number <= 34) reader.skip(1);
  else if (number >= 84 && number <= 91) {
    readMemoryArgument(reader);
    reader.skip(1);
  }
  return 0xfd00 + number;
}
