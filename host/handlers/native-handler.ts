import {
  checkCount,
  checkOptions,
  EventManagerError,
  invalidType,
  outOfRange,
} from '../contract/index.js';
import { addressOf, nativeFunction } from '../sys/index.js';
import { EventStruct, structSize } from './event-struct.js';
import type { HandledEvent } from './events.js';

const CAPACITY_BYTES = 4_096;
const ADDRESS_MAX = 2n ** 64n - 1n;

export interface NativeHandlerOptions {
  /** Passed as the second argument: an address, or any number of 64 bits. Default 0. */
  userData?: bigint | number;
  /** Bytes for the struct and its texts. Default 4 096. */
  capacity?: number;
}

/** A handler in C. The library cannot check the function: an error in it ends the process. */
export class NativeHandler implements Disposable {
  readonly kind = 'native';
  readonly #bytes: Uint8Array;
  readonly #address: number;
  readonly #struct: EventStruct;
  readonly #userData: bigint;
  #call: ((event: number, userData: bigint) => void) | undefined;
  /** How many of its calls are going on. */
  #inside = 0;

  /** @internal See `native`. */
  constructor(address: bigint, userData: bigint, capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#address = addressOf(this.#bytes);
    this.#struct = new EventStruct(this.#bytes, BigInt(this.#address), 8);
    this.#userData = userData;
    this.#call = nativeFunction(address);
  }

  get closed(): boolean {
    return this.#call === undefined;
  }

  handle(event: HandledEvent, _ops?: unknown): void {
    if (!this.#call) {
      throw new EventManagerError(
        'ERR_HANDLER_CLOSED',
        'this native handler was closed: its function may be gone',
      );
    }
    // Of an event that the function is in the middle of reading, and that its own call led here.
    const saved = this.#inside > 0 ? this.#bytes.slice() : undefined;
    this.#inside += 1;
    try {
      this.#struct.write(event);
      this.#call(this.#address, this.#userData);
    } finally {
      this.#inside -= 1;
      if (saved) this.#bytes.set(saved);
    }
  }

  /** Never calls the function again. Call `close` before the function is unloaded. Idempotent. */
  close(): void {
    this.#call = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A handler in C, or in anything that has its calling convention: `wem_handler` of the header
 * `wasm-event-manager/handlers.h`. The event is a `struct wem_event`, good for the call. The
 * function must not return by `longjmp` or an exception; call `close` before it is unloaded.
 *
 * @throws TypeError, RangeError for what is no address; ERR_UNSUPPORTED_PLATFORM
 * @example
 * const library = koffi.load('./libhandler.so');
 * const handler = native(koffi.address(library.symbol('on_event', 'void *')));
 */
export function native(
  address: bigint | number,
  options: NativeHandlerOptions = {},
): NativeHandler {
  checkOptions('native', options, { userData: true, capacity: true });
  const { userData = 0n, capacity = CAPACITY_BYTES } = options;
  const least = structSize(8);
  return new NativeHandler(
    checkAddress('The address of a handler', address, 1n),
    checkAddress('userData', userData, 0n),
    checkCount('capacity', capacity, least, 2 ** 31),
  );
}

function checkAddress(what: string, value: unknown, least: bigint): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw outOfRange(what, 'an integer', value);
  }
  if (typeof value !== 'bigint' && typeof value !== 'number') {
    throw invalidType(what, 'a bigint or a number', value);
  }
  const address = BigInt(value);
  if (address >= least && address <= ADDRESS_MAX) return address;
  throw outOfRange(what, `from ${least} to 2⁶⁴−1`, value);
}
