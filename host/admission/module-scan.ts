import { inspectBody } from './body.js';
import type { ByteReader } from './byte-reader.js';
import {
  type Extent,
  type ModuleExport,
  type ModuleImport,
  type ModuleTable,
  readData,
  readElements,
  readExports,
  readFunctions,
  readGlobals,
  readImports,
  readMemory,
  readTables,
} from './declarations.js';
import type { Limits } from './limits.js';
import { type FunctionType, readTypes } from './module-types.js';
import { malformed, tooMuch } from './refusal.js';
import * as section from './sections.js';

/** What a module that was gone through has, as far as admission is concerned. */
export interface ModuleScan {
  readonly sections: ReadonlyMap<number, ByteReader>;
  readonly types: readonly FunctionType[];
  readonly imports: readonly ModuleImport[];
  /** The types of the functions that are defined in it. */
  readonly functions: readonly FunctionType[];
  readonly tables: readonly ModuleTable[];
  readonly memory: Extent | undefined;
  readonly globals: number;
  readonly exports: readonly ModuleExport[];
  /** The number of the start function. */
  readonly start: number | undefined;
  /** The code of each function. */
  readonly bodies: readonly ByteReader[];
}

/** Goes through a whole module. @throws ERR_MODULE_REFUSED for what isn't known to be harmless */
export function scanModule(bytes: Uint8Array, limits: Limits): ModuleScan {
  if (bytes.length > limits.moduleBytes) {
    throw tooMuch('bytes of a module', bytes.length, limits.moduleBytes, 0);
  }
  const sections = section.splitSections(bytes);
  const types = read(sections, section.TYPE, readTypes) ?? [];
  const imports = read(sections, section.IMPORT, (each) => readImports(each, types)) ?? [];
  const functions =
    read(sections, section.FUNCTION, (each) =>
      readFunctions(each, types, imports.length, limits),
    ) ?? [];
  const tables = read(sections, section.TABLE, (each) => readTables(each, limits)) ?? [];
  const memory = read(sections, section.MEMORY, (each) => readMemory(each, limits));
  const globals = read(sections, section.GLOBAL, readGlobals) ?? 0;
  const exports = read(sections, section.EXPORT, readExports) ?? [];
  const start = read(sections, section.START, (each) => readStart(each, imports, functions));
  read(sections, section.ELEMENT, readElements);
  read(sections, section.DATA_COUNT, (each) => each.u32());
  const bodies = read(sections, section.CODE, (each) => splitBodies(each, functions.length)) ?? [];
  if (bodies.length !== functions.length) {
    throw malformed(`${functions.length} functions, of which ${bodies.length} have code`, 0);
  }
  for (const body of bodies) inspectBody(body.copy());
  read(sections, section.DATA, readData);
  const found = { sections, types, imports, functions, tables, memory, globals };
  return { ...found, exports, start, bodies };
}

/** Reads a section, which has to end where it says. Its reader stays at its beginning. */
function read<T>(
  sections: ReadonlyMap<number, ByteReader>,
  id: number,
  take: (reader: ByteReader) => T,
): T | undefined {
  const whole = sections.get(id);
  if (!whole) return undefined;
  const reader = whole.copy();
  const taken = take(reader);
  reader.assertDone('a section');
  return taken;
}

function splitBodies(reader: ByteReader, functions: number): ByteReader[] {
  const at = reader.offset;
  const count = reader.u32();
  if (count !== functions) throw malformed(`code of ${count} functions for ${functions}`, at);
  return Array.from({ length: count }, () => reader.part(reader.u32()));
}

/** The number of a function without parameters and results. */
function readStart(
  reader: ByteReader,
  imports: readonly ModuleImport[],
  functions: readonly FunctionType[],
): number {
  const at = reader.offset;
  const index = reader.u32();
  const type = imports[index]?.type ?? functions[index - imports.length];
  if (type && type.parameters.length === 0 && type.results.length === 0) return index;
  throw malformed('a start function that is not there, or takes or returns something', at);
}
