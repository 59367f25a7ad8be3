import { ByteReader } from './byte-reader.js';
import { malformed, refused } from './refusal.js';

/** Sections by their numbers. */
export const CUSTOM = 0;
export const TYPE = 1;
export const IMPORT = 2;
export const FUNCTION = 3;
export const TABLE = 4;
export const MEMORY = 5;
export const GLOBAL = 6;
export const EXPORT = 7;
export const START = 8;
export const ELEMENT = 9;
export const CODE = 10;
export const DATA = 11;
export const DATA_COUNT = 12;
const TAG = 13;

/** The order in which they have to come. */
const ORDER = [
  TYPE,
  IMPORT,
  FUNCTION,
  TABLE,
  MEMORY,
  GLOBAL,
  EXPORT,
  START,
  ELEMENT,
  DATA_COUNT,
  CODE,
  DATA,
];

/** The first eight bytes: a magic number, and what it is. */
export const HEADER_BYTES = 8;
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const CORE_MODULE = 1;
const COMPONENT = 0x0001_000d;

/** What the bytes are, by their header. @throws ERR_MODULE_REFUSED for no Wasm at all */
export function kindOf(bytes: Uint8Array): 'module' | 'component' {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw malformed("it doesn't begin as Wasm does (\\0asm)", 0);
  }
  const version = new DataView(bytes.buffer, bytes.byteOffset + 4).getUint32(0, true);
  if (version === CORE_MODULE) return 'module';
  if (version === COMPONENT) return 'component';
  throw refused(`Wasm of version ${version}`, 4);
}

/** The sections of a core module, each once and in order; custom ones are left out, but 'name'. */
export function splitSections(bytes: Uint8Array): Map<number, ByteReader> {
  if (kindOf(bytes) === 'component') {
    throw refused('a component', 4, 'its core modules are inspected one by one');
  }
  const sections = new Map<number, ByteReader>();
  const reader = new ByteReader(bytes, HEADER_BYTES, bytes.length);
  let last = -1;
  while (!reader.done) {
    const at = reader.offset;
    const id = reader.byte();
    const content = reader.part(reader.u32());
    if (id === CUSTOM) {
      keepNames(sections, content);
      continue;
    }
    if (id === TAG) throw refused('exceptions', at);
    const place = ORDER.indexOf(id);
    if (place < 0) throw refused(`a section of the unknown kind ${id}`, at);
    if (place <= last) throw malformed('a section that comes twice, or out of order', at);
    last = place;
    sections.set(id, content);
  }
  return sections;
}

/** Of the custom sections only that with names is kept: a trap's stack shows them. */
function keepNames(sections: Map<number, ByteReader>, content: ByteReader): void {
  const whole = content.copy();
  if (content.name() === 'name') sections.set(CUSTOM, whole);
}
