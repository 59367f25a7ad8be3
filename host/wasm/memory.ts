import type { LinearMemory } from '../sys/index.js';

/** A `WebAssembly.Memory`: its buffer is another one when it has grown. */
interface GrowingMemory {
  readonly buffer: ArrayBufferLike;
}

/**
 * Cached views over Wasm memory. Asking for `memory.buffer` costs more than an event's whole
 * dispatch, so it is asked for only when memory has grown, which detaches the older views.
 */
export class Memory implements LinearMemory {
  /** Memory in units of 32 bits, signed: small numbers stay small integers in V8. */
  words: Int32Array;
  readonly #memory: GrowingMemory;
  #bytes: Uint8Array;

  constructor(memory: GrowingMemory) {
    this.#memory = memory;
    this.words = new Int32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  get bytes(): Uint8Array {
    this.renewAfterGrowth();
    return this.#bytes;
  }

  /** To be called after whatever may have made memory grow. */
  renewAfterGrowth(): void {
    if (this.words.length === 0) this.#renew();
  }

  #renew(): void {
    this.words = new Int32Array(this.#memory.buffer);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}
