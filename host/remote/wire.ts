/**
 * Values written straight into shared memory: what needs no structured clone, and is most of what
 * calls carry. The rest goes by MessagePort.
 */
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const INT32 = 4;
const FLOAT64 = 5;
/** A length of 8 bits, and a byte per character. */
const LATIN1 = 6;

const LATIN1_MAX = 255;
const NOT_LATIN1 = /[^\0-\xff]/;

/** A piece of shared memory, seen in both of the ways needed. */
export interface WireBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Writes values: the bytes used, or -1 where one of them can't be written, or there is no room. */
export function writeValues(values: readonly unknown[], { bytes, view }: WireBytes): number {
  const end = bytes.length;
  let at = 0;
  for (const value of values) {
    // Nothing but a string takes more than 9 bytes.
    if (at + 9 > end) return -1;
    if (typeof value === 'number') {
      if ((value | 0) === value && !Object.is(value, -0)) {
        bytes[at] = INT32;
        view.setInt32(at + 1, value);
        at += 5;
      } else {
        bytes[at] = FLOAT64;
        view.setFloat64(at + 1, value);
        at += 9;
      }
    } else if (typeof value === 'string') {
      const { length } = value;
      if (length > LATIN1_MAX || at + 2 + length > end || NOT_LATIN1.test(value)) return -1;
      bytes[at] = LATIN1;
      bytes[at + 1] = length;
      bytes.write(value, at + 2, 'latin1');
      at += 2 + length;
    } else {
      const tag = constantTag(value);
      if (tag < 0) return -1;
      bytes[at] = tag;
      at += 1;
    }
  }
  return at;
}

/** Reads what `writeValues` has written. */
export function readValues({ bytes, view }: WireBytes, length: number): unknown[] {
  const values: unknown[] = [];
  let at = 0;
  while (at < length) {
    const tag = bytes[at]!;
    if (tag === INT32) {
      values.push(view.getInt32(at + 1));
      at += 5;
    } else if (tag === FLOAT64) {
      values.push(view.getFloat64(at + 1));
      at += 9;
    } else if (tag === LATIN1) {
      const end = at + 2 + bytes[at + 1]!;
      values.push(bytes.toString('latin1', at + 2, end));
      at = end;
    } else {
      values.push(tag === UNDEFINED ? undefined : tag === NULL ? null : tag === TRUE);
      at += 1;
    }
  }
  return values;
}

function constantTag(value: unknown): number {
  if (value === undefined) return UNDEFINED;
  if (value === null) return NULL;
  if (value === true) return TRUE;
  return value === false ? FALSE : -1;
}
