import { malformed } from './refusal.js';

const CONTINUES = 0x80;
const SEVEN_BITS = 0x7f;
/** The most bytes that a number of 32, 33 or 64 bits takes in LEB128. */
const BYTES_OF_32 = 5;
const BYTES_OF_64 = 10;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads a part of a module, and never beyond its end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;

  constructor(bytes: Uint8Array, offset: number, end: number) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    if (this.offset >= this.end) throw malformed('it ends in the middle', this.offset);
    const value = this.bytes[this.offset]!;
    this.offset += 1;
    return value;
  }

  /** An unsigned number of 32 bits. */
  u32(): number {
    const first = this.byte();
    if (first < CONTINUES) return first;
    const start = this.offset - 1;
    let value = first & SEVEN_BITS;
    for (let i = 1; i < BYTES_OF_32; i += 1) {
      const byte = this.byte();
      value += (byte & SEVEN_BITS) * 2 ** (7 * i);
      if (byte < CONTINUES) {
        if (value >= 2 ** 32) break;
        return value;
      }
    }
    throw malformed('a number of more than 32 bits', start);
  }

  /** Passes over a signed number of 32 or 33 bits: its first byte. */
  skipS33(): number {
    return this.#skipNumber(BYTES_OF_32);
  }

  /** Passes over a signed number of 64 bits. */
  skipS64(): void {
    this.#skipNumber(BYTES_OF_64);
  }

  skip(count: number): void {
    if (count > this.end - this.offset) throw malformed('it ends in the middle', this.offset);
    this.offset += count;
  }

  /** A text in UTF-8. */
  name(): string {
    const length = this.u32();
    const start = this.offset;
    this.skip(length);
    try {
      return decoder.decode(this.bytes.subarray(start, this.offset));
    } catch {
      throw malformed('a name that is no UTF-8', start);
    }
  }

  /** A reader of the next so many bytes, which this one passes over. */
  part(length: number): ByteReader {
    const start = this.offset;
    this.skip(length);
    return new ByteReader(this.bytes, start, this.offset);
  }

  /** A reader of the same bytes, which this one's reading doesn't move. */
  copy(): ByteReader {
    return new ByteReader(this.bytes, this.offset, this.end);
  }

  /** @throws ERR_MODULE_REFUSED where something is left to read */
  assertDone(what: string): void {
    if (this.offset !== this.end) throw malformed(`${what} has bytes left over`, this.offset);
  }

  #skipNumber(most: number): number {
    const first = this.byte();
    let byte = first;
    for (let i = 1; byte >= CONTINUES; i += 1) {
      if (i === most) throw malformed('a number that is too long', this.offset - most);
      byte = this.byte();
    }
    return first;
  }
}
