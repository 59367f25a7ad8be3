import type { ByteReader } from './byte-reader.js';
import { EXPORTS_MAX, GLOBALS_MAX, type Limits, SEGMENTS_MAX, TABLES_MAX } from './limits.js';
import { type FunctionType, readReferenceType, readValueType } from './module-types.js';
import { malformed, refused, tooMuch } from './refusal.js';

/** An imported function: what a host may be asked for. */
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
  readonly offset: number;
}

/** How small and how large a memory or a table may be. */
export interface Extent {
  readonly initial: number;
  readonly maximum: number | undefined;
}

export interface ModuleTable extends Extent {
  readonly element: string;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: 'function' | 'table' | 'memory' | 'global';
  readonly index: number;
}

/** Names that begin so are what admission itself adds. */
export const RESERVED = 'wem:';

const HAS_MAXIMUM = 1;
const SHARED = 2;
const SIXTY_FOUR = 4;
const KINDS = ['function', 'table', 'memory', 'global'] as const;

/** The import section: functions alone. */
export function readImports(reader: ByteReader, types: readonly FunctionType[]): ModuleImport[] {
  const at = reader.offset;
  const count = reader.u32();
  if (count > EXPORTS_MAX) throw tooMuch('imports', count, EXPORTS_MAX, at);
  return Array.from({ length: count }, () => {
    const offset = reader.offset;
    const module = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind !== 0) {
      const what = KINDS[kind] ?? 'thing of another proposal';
      throw refused(`the import of a ${what}, '${module}' '${name}',`, offset);
    }
    return { module, name, type: typeAt(types, reader), offset };
  });
}

/** The function section: the types of those that are defined here. */
export function readFunctions(
  reader: ByteReader,
  types: readonly FunctionType[],
  imported: number,
  { functions }: Limits,
): FunctionType[] {
  const at = reader.offset;
  const count = reader.u32();
  if (count + imported > functions) throw tooMuch('functions', count + imported, functions, at);
  return Array.from({ length: count }, () => typeAt(types, reader));
}

function typeAt(types: readonly FunctionType[], reader: ByteReader): FunctionType {
  const at = reader.offset;
  const type = types[reader.u32()];
  if (!type) throw malformed('the number of a type that is not there', at);
  return type;
}

/** The table section. */
export function readTables(reader: ByteReader, { tableEntries }: Limits): ModuleTable[] {
  const at = reader.offset;
  const count = reader.u32();
  if (count > TABLES_MAX) throw tooMuch('tables', count, TABLES_MAX, at);
  let entries = 0;
  return Array.from({ length: count }, () => {
    const offset = reader.offset;
    const element = readReferenceType(reader);
    const table = { element, ...readExtent(reader, 'table') };
    entries += table.initial;
    if (entries > tableEntries) throw tooMuch('table entries', entries, tableEntries, offset);
    return table;
  });
}

/** The memory section: one memory at the most. */
export function readMemory(reader: ByteReader, { memoryPages }: Limits): Extent | undefined {
  const at = reader.offset;
  const count = reader.u32();
  if (count > 1) throw refused('several memories', at);
  if (count === 0) return undefined;
  const memory = readExtent(reader, 'memory');
  if (memory.initial > memoryPages) {
    throw tooMuch('memory pages', memory.initial, memoryPages, at);
  }
  return memory;
}

function readExtent(reader: ByteReader, what: 'memory' | 'table'): Extent {
  const at = reader.offset;
  const flags = reader.byte();
  if ((flags & SIXTY_FOUR) !== 0) throw refused(`${what}64`, at);
  if ((flags & SHARED) !== 0) throw refused(`a shared ${what}`, at);
  if (flags > HAS_MAXIMUM) throw refused(`a ${what} of another proposal`, at);
  const initial = reader.u32();
  const maximum = flags === HAS_MAXIMUM ? reader.u32() : undefined;
  if (maximum !== undefined && maximum < initial) {
    throw malformed(`a ${what} whose maximum is below its initial size`, at);
  }
  return { initial, maximum };
}

/** The global section: how many there are. */
export function readGlobals(reader: ByteReader): number {
  const at = reader.offset;
  const count = reader.u32();
  if (count > GLOBALS_MAX) throw tooMuch('globals', count, GLOBALS_MAX, at);
  for (let i = 0; i < count; i += 1) {
    readValueType(reader);
    const offset = reader.offset;
    if (reader.byte() > 1) throw refused('a global of another proposal', offset);
    skipConstant(reader);
  }
  return count;
}

/** The export section. */
export function readExports(reader: ByteReader): ModuleExport[] {
  const at = reader.offset;
  const count = reader.u32();
  if (count > EXPORTS_MAX) throw tooMuch('exports', count, EXPORTS_MAX, at);
  return Array.from({ length: count }, () => {
    const offset = reader.offset;
    const name = reader.name();
    if (name.startsWith(RESERVED))
      throw refused(`an export with a reserved name, ${name},`, offset);
    const kind = KINDS[reader.byte()];
    if (kind === undefined) throw refused('an export of another proposal', offset);
    return { name, kind, index: reader.u32() };
  });
}

/** The element section: how many segments there are. */
export function readElements(reader: ByteReader): number {
  const at = reader.offset;
  const count = reader.u32();
  if (count > SEGMENTS_MAX) throw tooMuch('element segments', count, SEGMENTS_MAX, at);
  for (let i = 0; i < count; i += 1) readElementSegment(reader);
  return count;
}

/** Bit 0: it isn't active; bit 1: it names its table, or is declarative; bit 2: expressions. */
function readElementSegment(reader: ByteReader): void {
  const at = reader.offset;
  const flags = reader.u32();
  if (flags > 7) throw refused('an element segment of another proposal', at);
  const active = (flags & 1) === 0;
  const expressions = (flags & 4) !== 0;
  if (active) {
    if ((flags & 2) !== 0) reader.u32();
    skipConstant(reader);
  }
  if ((flags & 3) !== 0) readElementKind(reader, expressions);
  const count = reader.u32();
  for (let i = 0; i < count; i += 1) {
    if (expressions) skipConstant(reader);
    else reader.u32();
  }
}

function readElementKind(reader: ByteReader, expressions: boolean): void {
  const at = reader.offset;
  if (expressions) readReferenceType(reader);
  else if (reader.byte() !== 0) throw refused('elements that are no functions', at);
}

/** The data section: how many segments there are. */
export function readData(reader: ByteReader): number {
  const at = reader.offset;
  const count = reader.u32();
  if (count > SEGMENTS_MAX) throw tooMuch('data segments', count, SEGMENTS_MAX, at);
  for (let i = 0; i < count; i += 1) {
    const offset = reader.offset;
    const flags = reader.u32();
    if (flags > 2) throw refused('a data segment of another proposal', offset);
    if (flags === 2 && reader.u32() !== 0) throw refused('several memories', offset);
    if (flags !== 1) skipConstant(reader);
    reader.skip(reader.u32());
  }
  return count;
}

/** Passes over an expression that is known before the module runs. */
function skipConstant(reader: ByteReader): void {
  for (;;) {
    const at = reader.offset;
    const code = reader.byte();
    switch (code) {
      case 0x0b: // end
        return;
      case 0x41: // i32.const
        reader.skipS33();
        break;
      case 0x42: // i64.const
        reader.skipS64();
        break;
      case 0x43: // f32.const
        reader.skip(4);
        break;
      case 0x44: // f64.const
        reader.skip(8);
        break;
      case 0x23: // global.get
      case 0xd2: // ref.func
        reader.u32();
        break;
      case 0xd0: // ref.null
        readReferenceType(reader);
        break;
      case 0x6a: // i32.add, sub, mul; i64.add, sub, mul
      case 0x6b:
      case 0x6c:
      case 0x7c:
      case 0x7d:
      case 0x7e:
        break;
      case 0xfd:
        if (reader.u32() !== 12) throw refused('this constant', at);
        reader.skip(16);
        break;
      default:
        throw refused(`the instruction 0x${code.toString(16)} in a constant`, at);
    }
  }
}
