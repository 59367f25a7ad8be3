import {
  checkCount,
  checkData,
  checkOptions,
  EventManagerError,
  Events,
  invalidType,
  type OptionNames,
} from '../contract/index.js';
import { structSize } from './event-struct.js';
import type { HandledEvent } from './events.js';
import { GuestInstance } from './guest-instance.js';
import { type GuestMemory, GuestRegion } from './guest-region.js';
import { parametersOf, type ScalarType } from './guest-signature.js';
import { convertAll, type Scalar, scalarsOf } from './scalars.js';

const CAPACITY_BYTES = 4_096;
const STRUCT_ALIGNMENT = 8;

// TypeScript declares the namespace WebAssembly in its library `dom` alone, which a program for
// Node may leave out.

/** A `WebAssembly.Instance`. */
export interface Guest {
  readonly exports: GuestExports;
}

/** The exports of an instance. */
export type GuestExports = Readonly<Record<string, unknown>>;

export interface WasmHandlerOptions {
  /**
   * How the event is passed. `'scalars'`, the default: `(fd, event_set, data)` as three i32;
   * `(ts_event, ts_init)` as two i64; a message that is a number or a bigint as the function takes
   * it. One that is no such number, as 2.5 is no i64, throws ERR_MESSAGE_NOT_SCALAR.
   * `'struct'`: a pointer to a `struct wem_event` in the guest's memory.
   */
  style?: 'scalars' | 'struct';
  /** For `'struct'`: the guest's export that returns the address of so many bytes. Called once. */
  allocate?: string;
  /** In place of `allocate`: the address of these bytes, a multiple of 8. */
  address?: number;
  /** Bytes for the struct and its texts. Default 4 096. */
  capacity?: number;
  /** The guest's memory. Default: its export `memory`. */
  memory?: GuestMemory;
}

const OPTIONS: OptionNames<WasmHandlerOptions> = {
  style: true,
  allocate: true,
  address: true,
  capacity: true,
  memory: true,
};

type GuestFunction = (...args: Scalar[]) => unknown;

/**
 * A function that another Wasm module exports. Once one of an instance has trapped, none of that
 * instance is called any more.
 */
export class WasmHandler {
  readonly kind = 'wasm';
  readonly #name: string;
  readonly #call: GuestFunction;
  readonly #instance: GuestInstance;
  readonly #region: GuestRegion | undefined;
  readonly #types: readonly ScalarType[] | undefined;
  readonly #takesNumbers: boolean;
  #told = false;

  /** @internal See `wasm`. */
  constructor(
    name: string,
    call: GuestFunction,
    instance: GuestInstance,
    region: GuestRegion | undefined,
  ) {
    this.#name = name;
    this.#call = call;
    this.#instance = instance;
    this.#region = region;
    this.#types = parametersOf(call);
    this.#takesNumbers = !region && !this.#types?.includes('i64');
  }

  /** What its instance trapped with: this function, or another. */
  get trap(): unknown {
    return this.#instance.trapped?.error;
  }

  /** @internal Whose function it is. */
  get guest(): GuestInstance {
    return this.#instance;
  }

  /** @internal Whether it has trapped, and that was thrown. */
  get over(): boolean {
    return this.#told;
  }

  handle(event: HandledEvent, _ops?: unknown): unknown {
    const instance = this.#instance;
    if (instance.trapped) this.#refuse();
    // The most frequent, without a detour.
    if (!this.#takesNumbers || !(event instanceof Events)) return this.#handleAny(event);
    instance.inside += 1;
    try {
      return this.#call(event.fd, event.eventSet, event.data);
    } catch (error) {
      throw this.#trappedWith(error);
    } finally {
      instance.inside -= 1;
    }
  }

  #handleAny(event: HandledEvent): unknown {
    if (this.#region) return this.#passStruct(event, this.#region);
    const scalars = scalarsOf(event, this.#name);
    return this.#enter(this.#types ? convertAll(scalars, this.#types, this.#name) : scalars);
  }

  #passStruct(event: HandledEvent, region: GuestRegion): unknown {
    // What the guest is in the middle of reading, when its own import has led here.
    const saved = this.#instance.inside > 0 ? region.save() : undefined;
    try {
      region.write(event);
      return this.#enter([this.#types?.[0] === 'i64' ? BigInt(region.address) : region.address]);
    } finally {
      if (saved) region.restore(saved);
    }
  }

  #enter(scalars: Scalar[]): unknown {
    const instance = this.#instance;
    instance.inside += 1;
    try {
      return this.#call(...scalars);
    } catch (error) {
      throw this.#trappedWith(error);
    } finally {
      instance.inside -= 1;
    }
  }

  #trappedWith(error: unknown): unknown {
    this.#told = true;
    this.#instance.noteTrap(this.#name, error);
    return error;
  }

  #refuse(): never {
    this.#told = true;
    this.#instance.dismiss();
    throw this.#instance.refusal(this.#name);
  }
}

/**
 * A handler in WebAssembly: a function that an instance exports. It holds no fd and gets no ops;
 * what it may do is what the module imports.
 *
 * @throws TypeError where there is no such function, memory or allocator; RangeError
 * @example
 * const { instance } = await WebAssembly.instantiate(bytes);
 * manager.addSubscriber(subscriberOf(wasm(instance, 'on_event'), [new Events(bell, EventSet.IN)]));
 */
export function wasm(
  instance: Guest | GuestExports,
  name: string,
  options: WasmHandlerOptions = {},
): WasmHandler {
  checkOptions('wasm', options, OPTIONS);
  const exports = exportsOf(instance);
  const call = functionOf(exports, name);
  const { style = 'scalars' } = options;
  if (style !== 'scalars' && style !== 'struct') {
    throw invalidType('style', "'scalars' or 'struct'", style);
  }
  const region = style === 'struct' ? regionOf(exports, options) : undefined;
  return new WasmHandler(name, call, GuestInstance.of(exports), region);
}

function exportsOf(instance: Guest | GuestExports): GuestExports {
  if (instance instanceof WebAssembly.Instance) return instance.exports;
  if (typeof instance === 'object' && instance !== null) return instance as GuestExports;
  throw invalidType('The guest', 'a WebAssembly.Instance, or its exports', instance);
}

function functionOf(exports: GuestExports, name: string): GuestFunction {
  const value = exports[name];
  if (typeof value === 'function') return value as GuestFunction;
  const names = Object.keys(exports).filter((each) => typeof exports[each] === 'function');
  throw invalidType(`The export '${name}'`, `a function (there are: ${names.join(', ')})`, value);
}

function regionOf(exports: GuestExports, options: WasmHandlerOptions): GuestRegion {
  const memory = options.memory ?? exports.memory;
  if (!(memory instanceof WebAssembly.Memory)) {
    throw invalidType('memory', 'the WebAssembly.Memory of the guest', memory);
  }
  const least = structSize(4);
  const capacity = checkCount('capacity', options.capacity ?? CAPACITY_BYTES, least, 2 ** 31);
  const { allocate, address } = options;
  if ((allocate === undefined) === (address === undefined)) {
    throw invalidType('allocate or address', 'given, one of the two', allocate ?? address);
  }
  const at = checkData(address ?? Number(functionOf(exports, allocate!)(capacity)) >>> 0);
  if (at === 0 || at % STRUCT_ALIGNMENT !== 0 || at + capacity > memory.buffer.byteLength) {
    throw new EventManagerError(
      'ERR_OUT_OF_MEMORY',
      `the guest has no room of ${capacity} bytes at address ${at}, a multiple of 8`,
    );
  }
  return new GuestRegion(memory, at, capacity);
}
