import { ByteWriter } from './byte-writer.js';
import { OP_CALL_INDIRECT, OP_END, OP_IF } from './instructions.js';

/** The export that sets the fuel that is left, an i32, and returns what was left until then. */
export const SET_FUEL = 'wem:set-fuel';
/** A table with one entry: a function that is called when the fuel is used up, and may add some. */
export const REFUEL = 'wem:refuel';
/** The start function, which admission has not called by itself. */
export const START = 'wem:start';

const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const I32_CONST = 0x41;
const I32_LESS = 0x48;
const I32_SUB = 0x6b;
const I32_SHIFT = 0x76;
const NO_RESULT = 0x40;
/** Bytes or table entries that an instruction over many of them moves for one unit: 2⁶. */
const LENGTH_SHIFT = 6;

/** Where the parts of a meter are in the index spaces of its module. */
export interface MeterPlaces {
  /** A mutable i32: the fuel that is left. */
  readonly global: number;
  /** The table with the refuel function. */
  readonly table: number;
  /** The type of a function without parameters and results. */
  readonly type: number;
}

/** Writes the instructions that take fuel, and ask for more when it is used up. */
export class Meter {
  readonly #places: MeterPlaces;

  constructor(places: MeterPlaces) {
    this.#places = places;
  }

  /** Takes an amount that is filled in later: where. */
  charge(out: ByteWriter): number {
    this.#get(out);
    out.byte(I32_CONST);
    const place = out.padded();
    this.#take(out);
    return place;
  }

  /**
   * Takes fuel for the length on top of the stack, which stays there. At most 2²⁶ at once, so that
   * the counter can't go round.
   */
  chargeLength(out: ByteWriter, local: number): void {
    out.byte(LOCAL_SET);
    out.u32(local);
    this.#get(out);
    out.byte(LOCAL_GET);
    out.u32(local);
    out.bytes([I32_CONST, LENGTH_SHIFT, I32_SHIFT]);
    this.#take(out);
    out.byte(LOCAL_GET);
    out.u32(local);
  }

  /** The body of SET_FUEL. */
  setFuel(): Uint8Array {
    const out = new ByteWriter();
    out.u32(0);
    this.#get(out);
    out.bytes([LOCAL_GET, 0, GLOBAL_SET]);
    out.u32(this.#places.global);
    out.byte(OP_END);
    return out.written;
  }

  #get(out: ByteWriter): void {
    out.byte(GLOBAL_GET);
    out.u32(this.#places.global);
  }

  /** Subtracts, and calls the host when less than nothing is left. */
  #take(out: ByteWriter): void {
    out.byte(I32_SUB);
    out.byte(GLOBAL_SET);
    out.u32(this.#places.global);
    this.#get(out);
    out.bytes([I32_CONST, 0, I32_LESS, OP_IF, NO_RESULT, I32_CONST, 0, OP_CALL_INDIRECT]);
    out.u32(this.#places.type);
    out.u32(this.#places.table);
    out.byte(OP_END);
  }
}
