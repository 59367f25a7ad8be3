import { EDEADLK, EINTR, EINVAL, type LinearMemory } from '../sys/index.js';
import type { SimulatedEpoll, SimulatedEvent } from './simulated-epoll.js';
import { checkHappenings, earlier, NEVER, type SimulatedTime } from './simulated-time.js';

const EFAULT = 14;
const INT32_MAX = 2 ** 31 - 1;
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Waits that move virtual time, and the signals that end them. */
export class SimulatedWaits {
  readonly #time: SimulatedTime;
  readonly #eventSize: 12 | 16;
  #interrupts = 0;
  #blocked = false;
  #signalled = false;

  constructor(time: SimulatedTime, eventSize: 12 | 16) {
    this.#time = time;
    this.#eventSize = eventSize;
  }

  /** Ends this many of the next waits that would block. */
  interrupt(times: number): void {
    this.#interrupts += times;
  }

  /** Ends the wait that is blocked at that time; without one, the signal leaves no trace. */
  interruptAfter(afterNs: number | bigint): void {
    this.#time.schedule(afterNs, () => {
      this.#signalled = this.#blocked;
    });
  }

  /** epoll_wait(2): writes what an instance has to tell into memory, and answers how much it is. */
  fill(
    epoll: SimulatedEpoll,
    { bytes }: LinearMemory,
    offset: number,
    most: number,
    timeoutMs: number,
  ): number {
    if (most < 1 || most > Math.floor(INT32_MAX / this.#eventSize)) return -EINVAL;
    if (Number.isNaN(timeoutMs)) return -EINVAL;
    const events = this.#waitFor(epoll, most, timeoutMs);
    if (typeof events === 'number') return events;
    if (offset + events.length * this.#eventSize > bytes.byteLength) return -EFAULT;
    putEvents(events, this.#eventSize, bytes, offset);
    return events.length;
  }

  /** What there is to tell, once there is; or why it will not be waited for any longer. */
  #waitFor(epoll: SimulatedEpoll, most: number, timeoutMs: number): SimulatedEvent[] | number {
    const deadline = this.#deadlineOf(timeoutMs);
    this.#signalled = false;
    for (let happened = 1; ; happened += 1) {
      const events = epoll.take(most);
      if (events.length > 0 || this.#time.now >= deadline) return events;
      if (this.#interrupted()) return -EINTR;
      const until = earlier(this.#time.next(), deadline);
      if (until === NEVER) return -EDEADLK;
      checkHappenings(happened);
      this.#blockUntil(until);
    }
  }

  #deadlineOf(timeoutMs: number): bigint {
    if (timeoutMs < 0 || timeoutMs === Number.POSITIVE_INFINITY) return NEVER;
    return this.#time.now + BigInt(Math.ceil(timeoutMs * NANOSECONDS_PER_MILLISECOND));
  }

  #interrupted(): boolean {
    if (this.#signalled) return true;
    if (this.#interrupts === 0) return false;
    this.#interrupts -= 1;
    return true;
  }

  #blockUntil(time: bigint): void {
    this.#blocked = true;
    try {
      this.#time.advanceTo(time);
    } finally {
      this.#blocked = false;
    }
  }
}

/** Writes events as the kernel does, packed (12 bytes) or aligned (16). */
function putEvents(
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
