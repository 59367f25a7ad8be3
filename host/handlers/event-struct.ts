import { EventManagerError, Events, TimeEvent } from '../contract/index.js';
import type { HandledEvent } from './events.js';

/** What the struct's `kind` says; wasm_event_manager.h has the same. */
export const WEM_FD = 1;
export const WEM_TIME = 2;
export const WEM_MESSAGE = 3;

/** What a message's payload is. */
export const WEM_NOTHING = 0;
export const WEM_BYTES = 1;
export const WEM_TEXT = 2;
export const WEM_NUMBER = 3;
export const WEM_JSON = 4;

const TIMES = 16;
const POINTERS = 32;
const NUMBER_BYTES = 8;
const utf8 = new TextEncoder();

/** Bytes of `struct wem_event` where a pointer has so many. */
export function structSize(pointerBytes: 4 | 8): number {
  return POINTERS + 4 * pointerBytes;
}

/**
 * Lays events out in memory as `struct wem_event`, with what its pointers point to right behind
 * it. wasm_event_manager.h draws it.
 */
export class EventStruct {
  readonly #pointerBytes: 4 | 8;
  readonly #bytes: Uint8Array;
  readonly #words: DataView;
  readonly #address: bigint;

  /** `bytes` is the room for the struct and its texts, and lies at `address` for its reader. */
  constructor(bytes: Uint8Array, address: bigint, pointerBytes: 4 | 8) {
    this.#bytes = bytes;
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#address = address;
    this.#pointerBytes = pointerBytes;
  }

  /** Whether the memory has gone, as Wasm memory does when it grows. */
  get detached(): boolean {
    return this.#bytes.length === 0;
  }

  /** @throws ERR_EVENT_TOO_LARGE; TypeError for a message that has no form here */
  write(event: HandledEvent): void {
    if (event instanceof Events) {
      this.#head(WEM_FD, event.fd, event.eventSet, event.data);
      this.#texts(this.#text(0, ''), this.#text(0, ''));
    } else if (event instanceof TimeEvent) {
      this.#head(WEM_TIME, -1, 0, 0);
      this.#words.setBigUint64(TIMES, event.tsEvent, true);
      this.#words.setBigUint64(TIMES + 8, event.tsInit, true);
      const name = this.#text(0, event.name);
      this.#texts(name, this.#text(name, ''));
    } else {
      const name = this.#text(0, event.topic);
      const [format, length] = this.#payload(name, event.message);
      this.#head(WEM_MESSAGE, -1, 0, format);
      this.#texts(name, length);
    }
  }

  #head(kind: number, fd: number, eventSet: number, data: number): void {
    const words = this.#words;
    words.setUint32(0, kind, true);
    words.setInt32(4, fd, true);
    words.setUint32(8, eventSet, true);
    words.setUint32(12, data, true);
    words.setBigUint64(TIMES, 0n, true);
    words.setBigUint64(TIMES + 8, 0n, true);
  }

  /** The name lies behind the struct, the payload behind the name, at the next eighth byte. */
  #texts(nameLength: number, payloadLength: number): void {
    const start = structSize(this.#pointerBytes);
    this.#pointer(0, start);
    this.#size(1, nameLength);
    this.#pointer(2, start + aligned(nameLength));
    this.#size(3, payloadLength);
  }

  #pointer(index: number, offset: number): void {
    this.#size(index, this.#address + BigInt(offset));
  }

  #size(index: number, value: number | bigint): void {
    const at = POINTERS + index * this.#pointerBytes;
    if (this.#pointerBytes === 8) this.#words.setBigUint64(at, BigInt(value), true);
    else this.#words.setUint32(at, Number(value), true);
  }

  /** What a message is made of: its format, and how many bytes. */
  #payload(nameLength: number, message: unknown): [format: number, length: number] {
    if (message === undefined || message === null) return [WEM_NOTHING, 0];
    if (message instanceof Uint8Array) {
      this.#room(nameLength, message.length).set(message);
      return [WEM_BYTES, message.length];
    }
    if (typeof message === 'string') return [WEM_TEXT, this.#text(nameLength, message)];
    if (typeof message === 'number') {
      const room = this.#room(nameLength, NUMBER_BYTES);
      new DataView(room.buffer, room.byteOffset).setFloat64(0, message, true);
      return [WEM_NUMBER, NUMBER_BYTES];
    }
    // Throws a TypeError for what has no JSON, such as a bigint.
    const text = JSON.stringify(message) as string | undefined;
    if (text === undefined) throw new TypeError(`a message of type ${typeof message} has no JSON`);
    return [WEM_JSON, this.#text(nameLength, text)];
  }

  /** Writes UTF-8 behind so many bytes of text: its length. */
  #text(behind: number, text: string): number {
    if (text === '') return 0;
    const room = this.#room(behind, 0);
    const { read, written } = utf8.encodeInto(text, room);
    if (read < text.length) throw tooLarge(this.#bytes.length, Buffer.byteLength(text));
    return written;
  }

  #room(behind: number, length: number): Uint8Array {
    const room = this.#bytes.subarray(structSize(this.#pointerBytes) + aligned(behind));
    if (length > room.length) throw tooLarge(this.#bytes.length, length);
    return room;
  }
}

function aligned(length: number): number {
  return (length + 7) & ~7;
}

function tooLarge(capacity: number, length: number): EventManagerError {
  return new EventManagerError(
    'ERR_EVENT_TOO_LARGE',
    `${length} bytes of text do not fit into the ${capacity} of this handler: raise \`capacity\``,
  );
}
