import { EDEADLK, EINTR, EINVAL } from '../sys/index.js';
import type { SimulatedEpoll, SimulatedEvent } from './simulated-epoll.js';
import { checkHappenings, type SimulatedTime } from './simulated-time.js';

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Waits that move virtual time, and the signals that end them. */
export class SimulatedWaits {
  readonly #time: SimulatedTime;
  #interrupts = 0;
  #blocked = false;
  #signalled = false;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  /** Ends this many of the next waits that would block. */
  interrupt(times: number): void {
    this.#interrupts += times;
  }

  /** Ends the wait that is blocked at that time; without one, the signal leaves no trace. */
  interruptAfter(afterNs: number): void {
    this.#time.schedule(afterNs, () => {
      this.#signalled = this.#blocked;
    });
  }

  /** What an instance has to tell, once it has; or why it will not be waited for any longer. */
  waitFor(epoll: SimulatedEpoll, most: number, timeoutMs: number): SimulatedEvent[] | number {
    if (Number.isNaN(timeoutMs)) return -EINVAL;
    const { now } = this.#time;
    const deadline =
      timeoutMs < 0 ? Number.POSITIVE_INFINITY : now + timeoutMs * NANOSECONDS_PER_MILLISECOND;
    this.#signalled = false;
    for (let happened = 1; ; happened += 1) {
      const events = epoll.take(most);
      if (events.length > 0 || this.#time.now >= deadline) return events;
      if (this.#interrupted()) return -EINTR;
      const next = Math.min(this.#time.next(), deadline);
      if (next === Number.POSITIVE_INFINITY) return -EDEADLK;
      checkHappenings(happened);
      this.#blockUntil(next);
    }
  }

  #interrupted(): boolean {
    if (this.#signalled) return true;
    if (this.#interrupts === 0) return false;
    this.#interrupts -= 1;
    return true;
  }

  #blockUntil(time: number): void {
    this.#blocked = true;
    try {
      this.#time.advanceTo(time);
    } finally {
      this.#blocked = false;
    }
  }
}

/** Writes events as the kernel does, packed (12 bytes) or aligned (16). */
export function putEvents(
  events: readonly SimulatedEvent[],
  eventSize: 12 | 16,
  bytes: Uint8Array,
  offset: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  events.forEach((event, i) => {
    const at = offset + i * eventSize;
    view.setUint32(at, event.events, true);
    view.setUint32(at + eventSize - 8, event.slot, true);
    view.setUint32(at + eventSize - 4, event.generation, true);
  });
}
