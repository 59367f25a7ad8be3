import { EventManagerError } from '../contract/index.js';
import { NO_SYSCALLS } from '../sys/index.js';
import {
  Core,
  defaultModule,
  MEMORY_MAX_BYTES,
  TimerHeap,
  type WasmModule,
} from '../wasm/index.js';
import { capTime, TIME_MAX } from './checks.js';
import type { Timer, TimerOwner } from './timer.js';

/** Where a clock's timers wait for their time. */
export interface TimerSet {
  /** Adds a timer. @throws ERR_OUT_OF_MEMORY, and then it isn't added */
  add(timer: Timer): void;
  /** Takes out a timer that is in it. */
  remove(timer: Timer): void;
  /** Those of an owner, in any order, found by a walk over all. */
  timersOf(owner: TimerOwner): Timer[];
}

/** The timers of one clock, or of several: by time, and by the order in which they were set. */
export class TimerQueue implements TimerSet {
  readonly #heap: TimerHeap<Timer>;
  #size = 0;
  /** That of the next timer that is added. */
  #nextOrder = 1;

  constructor(module: WasmModule = defaultModule()) {
    this.#heap = new TimerHeap(new Core(NO_SYSCALLS, module, MEMORY_MAX_BYTES));
  }

  get size(): number {
    return this.#size;
  }

  get nextOrder(): number {
    return this.#nextOrder;
  }

  // In both, no call of JavaScript comes behind the heap's: it is done, or, out of stack, it isn't.
  add(timer: Timer, time = timeOf(timer)): void {
    const order = this.#nextOrder;
    const slot = this.#heap.set(time, order, timer);
    if (slot === 0) throw noRoom();
    timer.slot = slot;
    timer.order = order;
    this.#nextOrder = order + 1;
    this.#size += 1;
  }

  remove(timer: Timer): void {
    this.#heap.cancel(timer.slot);
    timer.slot = 0;
    this.#size -= 1;
  }

  timersOf(owner: TimerOwner): Timer[] {
    return this.#heap.filter((timer) => timer.owner === owner);
  }

  /** Gives a timer its next time. It keeps its order. */
  rearm(timer: Timer, time: bigint): void {
    this.#heap.move(timer.slot, queueTime(time, timer.owner));
    timer.time = time;
  }

  /** Keeps a timer from being the first until `release`. It stays cancellable, and has its time. */
  withhold(timer: Timer): void {
    this.#heap.move(timer.slot, TIME_MAX);
    timer.withheld = true;
  }

  release(timer: Timer): void {
    this.#heap.move(timer.slot, timeOf(timer));
    timer.withheld = false;
  }

  /** The timer that fires first; undefined where there is none, or all are withheld. */
  first(): Timer | undefined {
    const first = this.#heap.first();
    return first?.withheld ? undefined : first;
  }
}

/** A timer's time, by the queue. */
export function timeOf(timer: Timer): bigint {
  return queueTime(timer.time, timer.owner);
}

function queueTime(time: bigint, { offsetNs, behind }: TimerOwner): bigint {
  const queued = time - offsetNs;
  return behind ? capTime(queued) : queued;
}

function noRoom(): EventManagerError {
  return new EventManagerError(
    'ERR_OUT_OF_MEMORY',
    'no room for one more timer: cancel those that are not needed',
  );
}
