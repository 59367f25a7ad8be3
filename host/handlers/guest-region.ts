import { EventStruct } from './event-struct.js';
import type { HandledEvent } from './events.js';

/** A `WebAssembly.Memory`. */
export interface GuestMemory {
  readonly buffer: ArrayBufferLike;
}

/** The room in a guest's memory where events are laid out for it. */
export class GuestRegion {
  readonly address: number;
  readonly #memory: GuestMemory;
  readonly #capacity: number;
  #bytes: Uint8Array;
  #struct: EventStruct;

  constructor(memory: GuestMemory, address: number, capacity: number) {
    this.#memory = memory;
    this.address = address;
    this.#capacity = capacity;
    this.#bytes = this.#view();
    this.#struct = new EventStruct(this.#bytes, BigInt(address), 4);
  }

  write(event: HandledEvent): void {
    this.#follow();
    this.#struct.write(event);
  }

  /** What is there, to be restored: an event that the guest is in the middle of reading. */
  save(): Uint8Array {
    return this.#view().slice();
  }

  restore(saved: Uint8Array): void {
    this.#view().set(saved);
  }

  /** Memory that has grown lies elsewhere. */
  #follow(): void {
    if (this.#bytes.length > 0) return;
    this.#bytes = this.#view();
    this.#struct = new EventStruct(this.#bytes, BigInt(this.address), 4);
  }

  #view(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.address, this.#capacity);
  }
}
