import type { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import {
  BULK,
  OP_BLOCK,
  OP_CALL,
  OP_CALL_INDIRECT,
  OP_END,
  OP_IF,
  OP_LOOP,
  OP_MEMORY_GROW,
  readInstruction,
} from './instructions.js';
import { LOCALS_MAX, NESTING_MAX } from './limits.js';
import type { Meter } from './meter.js';
import { readValueType } from './module-types.js';
import { malformed, tooMuch } from './refusal.js';

/** What an instruction costs, in units of fuel: one, but for these. */
const CALL_COST = 10;
const GROW_COST = 1_000;
const I32 = 0x7f;

/** Passes over the body of a function, every instruction of which has to be known. */
export function inspectBody(body: ByteReader): void {
  readLocals(body);
  let nesting = 1;
  while (nesting > 0) {
    const at = body.offset;
    const code = readInstruction(body);
    if (code >= OP_BLOCK && code <= OP_IF) nesting = deeper(nesting, at);
    else if (code === OP_END) nesting -= 1;
  }
  body.assertDone('a function');
}

function deeper(nesting: number, at: number): number {
  if (nesting >= NESTING_MAX) throw tooMuch('nested blocks', nesting + 1, NESTING_MAX, at);
  return nesting + 1;
}

/** How many locals there are beside the parameters. */
function readLocals(body: ByteReader): number {
  const groups = body.u32();
  let locals = 0;
  for (let i = 0; i < groups; i += 1) {
    const at = body.offset;
    locals += body.u32();
    if (locals > LOCALS_MAX) throw tooMuch('locals', locals, LOCALS_MAX, at);
    readValueType(body);
  }
  return locals;
}

/** A stretch of code that is paid for at once, when it is entered: a function, or a loop's body. */
interface Stretch {
  /** Where its price is filled in. */
  readonly place: number;
  price: number;
}

/**
 * The body of a function with a meter: it pays for itself when it is entered, and for each turn of
 * a loop, by the number of instructions there, so that none is ever executed unpaid.
 */
export function meterBody(body: ByteReader, parameters: number, meter: Meter): Uint8Array {
  const out = new ByteWriter((body.end - body.offset) * 2 + 64);
  const length = copyLocals(body, out, parameters);
  const stretches: Stretch[] = [{ place: meter.charge(out), price: 0 }];
  // For each open block the stretch in which it lies; a loop has one of its own.
  const blocks: Stretch[] = [];
  let stretch = stretches[0]!;
  for (;;) {
    const at = body.offset;
    const code = readInstruction(body);
    stretch.price += costOf(code);
    if (BULK.has(code)) meter.chargeLength(out, length);
    out.bytes(body.bytes.subarray(at, body.offset));
    if (code >= OP_BLOCK && code <= OP_IF) {
      deeper(blocks.length, at);
      blocks.push(stretch);
      if (code !== OP_LOOP) continue;
      stretch = { place: meter.charge(out), price: 0 };
      stretches.push(stretch);
    } else if (code === OP_END) {
      const outer = blocks.pop();
      if (!outer) break;
      stretch = outer;
    }
  }
  body.assertDone('a function');
  for (const { place, price } of stretches) out.fill(place, price);
  return out.written;
}

/** Copies the declaration of the locals with one more, an i32: its number. */
function copyLocals(body: ByteReader, out: ByteWriter, parameters: number): number {
  const start = body.offset;
  const groups = body.u32();
  const declared = body.offset;
  body.offset = start;
  const locals = readLocals(body);
  if (parameters + locals >= 2 ** 16) throw malformed('too many locals', start);
  out.u32(groups + 1);
  out.bytes(body.bytes.subarray(declared, body.offset));
  out.u32(1);
  out.byte(I32);
  return parameters + locals;
}

function costOf(code: number): number {
  if (code === OP_CALL || code === OP_CALL_INDIRECT) return CALL_COST;
  return code === OP_MEMORY_GROW ? GROW_COST : 1;
}
