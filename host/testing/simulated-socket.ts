import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../../assembly/abi.js';
import { EAGAIN, ENOTCONN, EPIPE } from '../sys/index.js';
import { ANYTHING, SimulatedFile } from './simulated-file.js';

const ECONNRESET = 104;
/** Bytes that may be on their way before EAGAIN, with what each message costs beside its own. */
const SEND_BUFFER = 212_992;
const MESSAGE_COST = 768;
const MESSAGE_MAX = 32_768;
/** Whom a message wakes: Linux also those who asked for out-of-band data, which it may be. */
const ARRIVED = EPOLLIN | EPOLLPRI;

/** One of two connected stream sockets: socketpair(2). */
export class SimulatedSocket extends SimulatedFile {
  readonly #received: Uint8Array[] = [];
  /** What its unread messages take of its send buffer. */
  #sent = 0;
  #peer!: SimulatedSocket;
  #readShut = false;
  #writeShut = false;
  #reset = false;

  static pair(): [SimulatedSocket, SimulatedSocket] {
    const pair: [SimulatedSocket, SimulatedSocket] = [new SimulatedSocket(), new SimulatedSocket()];
    pair[0].#peer = pair[1];
    pair[1].#peer = pair[0];
    return pair;
  }

  poll(): number {
    let events = this.#received.length > 0 || this.#readShut ? EPOLLIN : 0;
    if (this.#readShut) events |= EPOLLRDHUP;
    if (this.#readShut && this.#writeShut) events |= EPOLLHUP;
    if (this.#reset) events |= EPOLLERR;
    if (this.#writable) events |= EPOLLOUT;
    return events;
  }

  override get unread(): number {
    return this.#received.reduce((sum, message) => sum + message.byteLength, 0);
  }

  override read(into: Uint8Array): number {
    if (into.byteLength === 0) return 0;
    if (this.#received.length === 0) return this.#readNothing();
    let filled = 0;
    while (filled < into.byteLength) {
      const message = this.#received[0];
      if (!message) break;
      const part = message.subarray(0, into.byteLength - filled);
      into.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength < message.byteLength) {
        this.#received[0] = message.subarray(part.byteLength);
      } else {
        this.#received.shift();
        this.#peer.#free(message);
      }
    }
    return filled;
  }

  override write(from: Uint8Array): number {
    if (this.#writeShut) return -EPIPE;
    let taken = 0;
    while (taken < from.byteLength && this.#sent < SEND_BUFFER) {
      // On a buffer of its own, which says how long the message was when it is read to its end.
      const message = new Uint8Array(from.subarray(taken, taken + MESSAGE_MAX));
      this.#sent += message.byteLength + MESSAGE_COST;
      this.#peer.#received.push(message);
      taken += message.byteLength;
      this.#peer.wake(ARRIVED);
    }
    return taken === 0 && from.byteLength > 0 ? -EAGAIN : taken;
  }

  /** shutdown(2). */
  shutdown(how: 'read' | 'write' | 'both'): void {
    if (how !== 'write') {
      this.#readShut = true;
      this.#peer.#writeShut = true;
    }
    if (how !== 'read') {
      this.#writeShut = true;
      this.#peer.#readShut = true;
    }
    this.wake(ANYTHING);
    this.#peer.wake(ANYTHING);
  }

  /** A peer whose words were never read learns of it by an error. */
  override release(): void {
    if (this.#received.length > 0) this.#peer.#reset = true;
    this.shutdown('both');
    for (const message of this.#received.splice(0)) this.#peer.#free(message);
  }

  /** A socket is writable while no more than a quarter of its buffer is in use. */
  get #writable(): boolean {
    return this.#sent * 4 <= SEND_BUFFER;
  }

  #readNothing(): number {
    if (this.#reset) {
      this.#reset = false;
      return -ECONNRESET;
    }
    return this.#readShut ? 0 : -EAGAIN;
  }

  #free(message: Uint8Array): void {
    this.#sent -= message.buffer.byteLength + MESSAGE_COST;
    if (this.#writable) this.wake(EPOLLOUT);
  }
}

/** A TCP socket that is not connected: at once OUT and HUP. */
export class SimulatedUnconnectedSocket extends SimulatedFile {
  poll(): number {
    return EPOLLOUT | EPOLLHUP;
  }

  override read(_into: Uint8Array): number {
    return -ENOTCONN;
  }

  override write(_from: Uint8Array): number {
    return -EPIPE;
  }
}
