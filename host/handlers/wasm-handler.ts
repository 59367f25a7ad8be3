import {
  checkCount,
  checkData,
  EventManagerError,
  Events,
  invalidType,
  TimeEvent,
} from '../contract/index.js';
import { EventStruct, structSize } from './event-struct.js';
import type { HandledEvent } from './events.js';

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

/** A `WebAssembly.Memory`. */
export interface GuestMemory {
  readonly buffer: ArrayBufferLike;
}

export interface WasmHandlerOptions {
  /**
   * How the event is passed. `'scalars'`, the default: `(fd, event_set, data)` as three i32;
   * `(ts_event, ts_init)` as two i64; a message that is a number as f64, a bigint as i64.
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

type GuestFunction = (...args: (number | bigint)[]) => unknown;

/** A function that another Wasm module exports. Once it has trapped it is called no more. */
export class WasmHandler {
  readonly kind = 'wasm';
  readonly #name: string;
  readonly #call: GuestFunction;
  readonly #region: GuestRegion | undefined;
  #trap: unknown;

  /** @internal See `wasm`. */
  constructor(name: string, call: GuestFunction, region: GuestRegion | undefined) {
    this.#name = name;
    this.#call = call;
    this.#region = region;
  }

  /** What it trapped with. */
  get trap(): unknown {
    return this.#trap;
  }

  handle(event: HandledEvent, _ops?: unknown): unknown {
    if (this.#trap !== undefined) throw trapped(this.#name, this.#trap);
    const struct = this.#region?.write(event);
    if (struct === undefined) checkScalar(event, this.#name);
    try {
      if (struct !== undefined) return this.#call(struct);
      if (event instanceof Events) return this.#call(event.fd, event.eventSet, event.data);
      if (event instanceof TimeEvent) return this.#call(event.tsEvent, event.tsInit);
      return this.#call(event.message as number | bigint);
    } catch (error) {
      // In the middle of what a guest was doing nobody knows its state.
      this.#trap = error ?? new Error('the guest threw nothing');
      throw error;
    }
  }
}

/** The room in a guest's memory where events are laid out for it. */
class GuestRegion {
  readonly #memory: WebAssembly.Memory;
  readonly #address: number;
  readonly #capacity: number;
  #struct: EventStruct;

  constructor(memory: WebAssembly.Memory, address: number, capacity: number) {
    this.#memory = memory;
    this.#address = address;
    this.#capacity = capacity;
    this.#struct = this.#map();
  }

  /** Where the event is. */
  write(event: HandledEvent): number {
    if (this.#struct.detached) this.#struct = this.#map();
    this.#struct.write(event);
    return this.#address;
  }

  #map(): EventStruct {
    const bytes = new Uint8Array(this.#memory.buffer, this.#address, this.#capacity);
    return new EventStruct(bytes, BigInt(this.#address), 4);
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
  const exports = exportsOf(instance);
  const call = functionOf(exports, name);
  const { style = 'scalars' } = options;
  if (style !== 'scalars' && style !== 'struct') {
    throw invalidType('style', "'scalars' or 'struct'", style);
  }
  const region = style === 'struct' ? regionOf(exports, options) : undefined;
  return new WasmHandler(name, call, region);
}

function checkScalar(event: HandledEvent, name: string): void {
  if (event instanceof Events || event instanceof TimeEvent) return;
  const { message, topic } = event;
  if (typeof message === 'number' || typeof message === 'bigint') return;
  throw new EventManagerError(
    'ERR_MESSAGE_NOT_SCALAR',
    `a message on ${topic} is no number: have it passed to '${name}' as a struct`,
  );
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

function trapped(name: string, cause: unknown): EventManagerError {
  return new EventManagerError(
    'ERR_HANDLER_TRAPPED',
    `the Wasm function '${name}' has trapped before, and its state is unknown: ` +
      'make a new instance, and a handler for that',
    { cause },
  );
}
