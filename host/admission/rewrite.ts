import { meterBody } from './body.js';
import type { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import type { Extent, ModuleTable } from './declarations.js';
import type { Limits } from './limits.js';
import { Meter, type MeterPlaces, REFUEL, SET_FUEL, START } from './meter.js';
import type { ModuleScan } from './module-scan.js';
import * as section from './sections.js';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const REFUEL_TYPE = [0x60, 0, 0];
const SET_FUEL_TYPE = [0x60, 1, 0x7f, 1, 0x7f];
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;
const MUTABLE_I32 = [0x7f, 0x01, 0x41, 0x00, 0x0b];
const HAS_MAXIMUM = 1;
const KIND_FUNCTION = 0;
const KIND_TABLE = 1;

/**
 * The module with its limits written into it, and without its start section: the start function is
 * the export START. With `metered` its code takes fuel.
 */
export function rewriteModule(
  scan: ModuleScan,
  limits: Limits,
  metered: boolean,
): Uint8Array<ArrayBuffer> {
  const places: MeterPlaces | undefined = metered
    ? { type: scan.types.length, table: scan.tables.length, global: scan.globals }
    : undefined;
  const setFuel: Entry = (to) => to.u32(scan.types.length + 1);
  const out = new ByteWriter(limits.moduleBytes);
  out.bytes(HEADER);
  const write = (id: number, content: ByteWriter | undefined) => {
    if (content) writeSection(out, id, content.written);
  };
  write(section.TYPE, extend(scan, section.TYPE, scan.types.length, places && typeEntries));
  copy(out, scan, section.IMPORT);
  write(
    section.FUNCTION,
    extend(scan, section.FUNCTION, scan.functions.length, places && [setFuel]),
  );
  write(section.TABLE, tables(scan, limits, metered));
  write(section.MEMORY, memory(scan.memory, limits));
  write(section.GLOBAL, extend(scan, section.GLOBAL, scan.globals, places && [globalEntry]));
  write(section.EXPORT, extend(scan, section.EXPORT, scan.exports.length, exported(scan, places)));
  copy(out, scan, section.ELEMENT);
  copy(out, scan, section.DATA_COUNT);
  if (places) write(section.CODE, code(scan, new Meter(places)));
  else copy(out, scan, section.CODE);
  copy(out, scan, section.DATA);
  copy(out, scan, section.CUSTOM);
  return out.written.slice();
}

type Entry = (out: ByteWriter) => void;

const typeEntries: Entry[] = [(out) => out.bytes(REFUEL_TYPE), (out) => out.bytes(SET_FUEL_TYPE)];
const globalEntry: Entry = (out) => out.bytes(MUTABLE_I32);

function exported(
  { start, imports, functions }: ModuleScan,
  places: MeterPlaces | undefined,
): Entry[] {
  const entries: Entry[] = [];
  const add = (name: string, kind: number, index: number) =>
    entries.push((out) => {
      out.name(name);
      out.byte(kind);
      out.u32(index);
    });
  if (start !== undefined) add(START, KIND_FUNCTION, start);
  if (places) {
    add(SET_FUEL, KIND_FUNCTION, imports.length + functions.length);
    add(REFUEL, KIND_TABLE, places.table);
  }
  return entries;
}

/** A section that is a list, with more entries behind those that it has. */
function extend(
  scan: ModuleScan,
  id: number,
  count: number,
  entries: readonly Entry[] = [],
): ByteWriter | undefined {
  const present = scan.sections.get(id)?.copy();
  if (!present && entries.length === 0) return undefined;
  const out = new ByteWriter();
  out.u32(count + entries.length);
  if (present) {
    present.u32();
    out.bytes(rest(present));
  }
  for (const entry of entries) entry(out);
  return out;
}

/**
 * Each table with a maximum, so that together they have no more entries than the limit: what is
 * left beyond their initial sizes is divided among those that may grow.
 */
function tables(scan: ModuleScan, limits: Limits, metered: boolean): ByteWriter | undefined {
  if (scan.tables.length === 0 && !metered) return undefined;
  const taken = scan.tables.reduce((sum, { initial }) => sum + initial, 0);
  const growing = scan.tables.filter(({ initial, maximum }) => maximum !== initial).length;
  const each = growing === 0 ? 0 : Math.floor((limits.tableEntries - taken) / growing);
  const out = new ByteWriter();
  out.u32(scan.tables.length + (metered ? 1 : 0));
  for (const table of scan.tables) writeTable(out, table, table.initial + each);
  if (metered) writeTable(out, { element: 'funcref', initial: 1, maximum: 1 }, 1);
  return out;
}

function writeTable(out: ByteWriter, table: ModuleTable, most: number): void {
  out.byte(table.element === 'funcref' ? FUNCREF : EXTERNREF);
  writeExtent(out, table, most);
}

function memory(extent: Extent | undefined, { memoryPages }: Limits): ByteWriter | undefined {
  if (!extent) return undefined;
  const out = new ByteWriter();
  out.u32(1);
  writeExtent(out, extent, memoryPages);
  return out;
}

function writeExtent(out: ByteWriter, { initial, maximum }: Extent, most: number): void {
  out.byte(HAS_MAXIMUM);
  out.u32(initial);
  out.u32(Math.min(maximum ?? most, most));
}

function code(scan: ModuleScan, meter: Meter): ByteWriter {
  const out = new ByteWriter();
  out.u32(scan.bodies.length + 1);
  for (const [i, body] of scan.bodies.entries()) {
    const parameters = scan.functions[i]!.parameters.length;
    const metered = meterBody(body.copy(), parameters, meter);
    out.u32(metered.length);
    out.bytes(metered);
  }
  const setFuel = meter.setFuel();
  out.u32(setFuel.length);
  out.bytes(setFuel);
  return out;
}

function copy(out: ByteWriter, scan: ModuleScan, id: number): void {
  const content = scan.sections.get(id);
  if (content) writeSection(out, id, rest(content));
}

function writeSection(out: ByteWriter, id: number, content: Uint8Array): void {
  out.byte(id);
  out.u32(content.length);
  out.bytes(content);
}

/** What a reader has before it. */
function rest({ bytes, offset, end }: ByteReader): Uint8Array {
  return bytes.subarray(offset, end);
}
