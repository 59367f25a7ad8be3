import { REFUEL, SET_FUEL, START } from '../admission/index.js';
import { ABI_VERSION, BATCH_MAX, BUFFER_BYTES, ENTRY_WORDS } from './abi.js';
import type { CallLimits, Code, Outcome } from './code.js';
import { badBuffer, otherVersion, PluginFault } from './fault.js';
import type { GuestImports } from './imports.js';

/** Units of fuel between two looks at the clock: some 100 µs. */
const SLICE = 100_000;
/** (module (import "host" "refuel" (func)) (export "refuel" (func 0))): what a table can hold. */
const BRIDGE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 15, 1, 4, 104, 111, 115, 116, 6, 114],
  ...[101, 102, 117, 101, 108, 0, 0, 7, 10, 1, 6, 114, 101, 102, 117, 101, 108, 0, 0],
);
let bridge: WebAssembly.Module | undefined;

type GuestFunction = (...args: number[]) => number;

/** The code of a guest in this thread: its exports, its memory, its fuel. */
export class InlineCode implements Code {
  readonly #name: string;
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #memory: { readonly buffer: ArrayBuffer };
  readonly #setFuel: GuestFunction;
  #bytes: Uint8Array;
  #entries: Int32Array = new Int32Array(0);
  #address = 0;
  /** The present call's. */
  #limits: CallLimits = { deadlineMs: Infinity, fuel: Infinity };
  #fuelLeft = 0;
  #endsAt = 0;

  /** Instantiates, and runs nothing yet. @throws PluginFault */
  constructor(name: string, module: WebAssembly.Module, imports: (code: Code) => GuestImports) {
    this.#name = name;
    try {
      this.#exports = new WebAssembly.Instance(module, { wem: imports(this) }).exports;
    } catch (error) {
      throw new PluginFault(name, 'trap', "can't be instantiated", error);
    }
    this.#memory = this.#exports.memory as { readonly buffer: ArrayBuffer };
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#setFuel = this.#exports[SET_FUEL] as GuestFunction;
    const table = this.#exports[REFUEL] as WebAssembly.Table;
    bridge ??= new WebAssembly.Module(BRIDGE);
    const host = { refuel: () => this.#refuel() };
    table.set(0, new WebAssembly.Instance(bridge, { host }).exports.refuel);
  }

  /** All of its memory. A new view after it has grown. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  get memoryBytes(): number {
    return this.bytes.length;
  }

  has(name: string): boolean {
    return typeof this.#exports[name] === 'function';
  }

  start(limits: CallLimits, outcome: Outcome): void {
    this.#attempt(() => this.#start(limits), outcome);
  }

  call(name: string, limits: CallLimits, a: number, b: number, outcome: Outcome): void {
    this.#attempt(() => this.#call(name, limits, a, b), outcome);
  }

  /** What it is in the middle of goes on until it asks for something. */
  end(): void {}

  #attempt(act: () => number, outcome: Outcome): void {
    let result = 0;
    try {
      result = act();
    } catch (error) {
      outcome(error, 0);
      return;
    }
    outcome(undefined, result);
  }

  #start(limits: CallLimits): number {
    if (this.has(START)) this.#call(START, limits);
    const version = this.#call('wem_abi', limits);
    if (version !== ABI_VERSION) throw otherVersion(this.#name, version);
    this.#address = this.#call('wem_buffer', limits, BUFFER_BYTES) >>> 0;
    const end = this.#address + BUFFER_BYTES;
    if (this.#address % 8 === 0 && this.#address > 0 && end <= this.bytes.length) return 0;
    throw badBuffer(this.#name, this.#address);
  }

  /** Where a batch goes: `BATCH_MAX` entries. */
  get entries(): Int32Array {
    if (this.#entries.length === 0) {
      this.#entries = new Int32Array(this.bytes.buffer, this.#address, BATCH_MAX * ENTRY_WORDS);
    }
    return this.#entries;
  }

  /** Its buffer of BUFFER_BYTES. */
  get buffer(): Uint8Array {
    return this.bytes.subarray(this.#address, this.#address + BUFFER_BYTES);
  }

  /** Calls an export. @throws PluginFault */
  #call(name: string, limits: CallLimits, a = 0, b = 0): number {
    this.#limits = limits;
    this.#fuelLeft = limits.fuel;
    this.#endsAt = 0;
    this.#addFuel(SLICE);
    try {
      return (this.#exports[name] as GuestFunction)(a, b);
    } catch (error) {
      if (error instanceof PluginFault) throw error;
      throw new PluginFault(this.#name, 'trap', `trapped in ${name}`, error);
    }
  }

  /** How far the counter was below zero is owed still. */
  #addFuel(units: number, owed = 0): void {
    const given = Math.min(units, this.#fuelLeft);
    this.#fuelLeft -= given;
    this.#setFuel(given - owed);
  }

  /** A slice is used up: another one, unless there is no more of fuel or of time. */
  #refuel(): void {
    const { deadlineMs, fuel } = this.#limits;
    if (this.#fuelLeft <= 0) {
      throw new PluginFault(this.#name, 'fuel', `used up its ${fuel} units of fuel in one call`);
    }
    const now = performance.now();
    // The clock is first read a slice after the beginning.
    if (this.#endsAt === 0) this.#endsAt = now + deadlineMs;
    if (now >= this.#endsAt) {
      throw new PluginFault(
        this.#name,
        'deadline',
        `took longer than ${deadlineMs} ms in one call`,
      );
    }
    const owed = -this.#setFuel(0);
    this.#addFuel(SLICE + owed, owed);
  }
}
