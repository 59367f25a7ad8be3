const CONTINUES = 0x80;
const SEVEN_BITS = 0x7f;
/** The bytes of a number that is filled in later. */
export const PADDED_BYTES = 5;
/** The largest number that a padded place can take: its sign bit must stay clear. */
export const PADDED_MAX = 0x7fff_ffff;

/** Bytes that grow. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  bytes(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** An unsigned number of 32 bits, LEB128. */
  u32(value: number): void {
    let rest = value;
    while (rest > SEVEN_BITS) {
      this.byte((rest & SEVEN_BITS) | CONTINUES);
      rest = Math.floor(rest / CONTINUES);
    }
    this.byte(rest);
  }

  /** A text, with its length before it. */
  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.bytes(bytes);
  }

  /** Room for a number of at most PADDED_MAX: where it is. */
  padded(): number {
    const place = this.#length;
    for (let i = 0; i < PADDED_BYTES; i += 1) this.byte(0);
    return place;
  }

  /** Fills such a room in. */
  fill(place: number, value: number): void {
    let rest = value;
    for (let i = 0; i < PADDED_BYTES; i += 1) {
      const more = i < PADDED_BYTES - 1 ? CONTINUES : 0;
      this.#bytes[place + i] = (rest & SEVEN_BITS) | more;
      rest >>>= 7;
    }
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.written);
    this.#bytes = grown;
  }
}
