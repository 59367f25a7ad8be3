import { EventManagerError } from '../contract/index.js';
import type { Syscalls } from '../sys/index.js';
import { Memory } from './memory.js';

const WASM_PAGE = 65_536;
/**
 * 2 MiB of addresses, committed as they are used: room for some 30 000 registrations. Memory that
 * never grows never detaches a view, and then V8 leaves out the check for it at each access.
 */
const INITIAL_PAGES = 32;
/**
 * Of all but the first ones: V8 counts a memory's size as garbage to come, and collects the more
 * often, and each time all, the more it has. One with few registrations fits in.
 */
const INITIAL_PAGES_OF_MANY = 4;
const FEW = 16;
let live = 0;
const collected = new FinalizationRegistry<undefined>(() => {
  live -= 1;
});
/** The most that 32-bit addresses reach. */
export const MEMORY_MAX_BYTES = 65_536 * WASM_PAGE;

/** Answered by an import whose implementation threw; the exception is kept, and thrown later. */
export const STATUS_THROWN = -5100;

/**
 * A `WebAssembly.Module`. TypeScript declares that name in its library `dom` alone, which a program
 * for Node may leave out, and gives it no members.
 */
export type WasmModule = object;

/** A global of the core that counts. */
interface Counter {
  readonly value: number;
}

/** The core module's exports; assembly/index.ts says what they do. Pinned by a test. */
export interface CoreExports {
  initialize(epfd: number, eventSize: number, capacity: number, max: number, stale: number): number;
  wait(timeoutMs: number): number;

  allocateSubscriber(): number;
  generationOf(subscriber: number): number;
  removeSubscriber(subscriber: number, generation: number): number;
  watchListOf(subscriber: number): number;
  subscriberCount(): number;
  setReferenced(subscriber: number, on: number): void;
  referencedCount(): number;

  add(subscriber: number, generation: number, fd: number, set: number, data: number): number;
  modify(subscriber: number, generation: number, fd: number, set: number, data: number): number;
  remove(subscriber: number, generation: number, fd: number): number;
  drop(subscriber: number, generation: number, fd: number): number;
  pause(subscriber: number, generation: number, fd: number): number;
  resume(subscriber: number, generation: number, fd: number): number;
  rearm(subscriber: number, generation: number, fd: number): number;
  find(subscriber: number, generation: number, fd: number): number;
  slotOf(fd: number): number;
  isHaunted(fd: number): number;
  haunt(fd: number): void;
  calmAll(): void;
  registrationAt(slot: number): number;
  registrationCount(): number;

  askWhoseNumber(): void;
  vouch(fd: number): void;
  disown(fd: number): void;

  evicted(): number;
  dismissEvicted(): void;
  takeGhost(): number;
  rebuild(epfd: number): number;

  setTimer(timeHigh: number, timeLow: number, order: number): number;
  moveTimer(slot: number, timeHigh: number, timeLow: number): void;
  cancelTimer(slot: number): void;
  nextTimer(): number;
  timerCount(): number;

  allocateText(units: number): number;
  addTopic(text: number, units: number): number;
  addPattern(text: number, units: number): number;
  removeTopic(slot: number): void;
  removePattern(slot: number): void;
  matchPatterns(topicSlot: number): number;
  matchTopics(patternSlot: number): number;
  matchedSlots(): number;

  header(): number;
  readyCapacity(): number;
  memoryUsed(): number;

  readonly received: Counter;
  readonly stale: Counter;
  readonly discarded: Counter;
  readonly withdrawn: Counter;
  readonly ghosts: Counter;
  readonly gone: Counter;
}

/** One instance of the core module, with its memory and the system calls behind its imports. */
export class Core {
  readonly exports: CoreExports;
  readonly memory: Memory;
  #thrown: unknown;

  /** `memoryMax` in bytes, rounded down to whole Wasm pages, one at least. */
  constructor(syscalls: Syscalls, module: WasmModule, memoryMax: number) {
    const maximum = Math.max(1, Math.floor(memoryMax / WASM_PAGE));
    const initial = live < FEW ? INITIAL_PAGES : INITIAL_PAGES_OF_MANY;
    const wasmMemory = allocate(Math.min(initial, maximum), maximum);
    const memory = new Memory(wasmMemory);
    const instance = new WebAssembly.Instance(module, {
      env: { memory: wasmMemory },
      epoll: this.#imports(syscalls, memory),
    });
    live += 1;
    collected.register(this, undefined);
    this.memory = memory;
    this.exports = instance.exports as unknown as CoreExports;
  }

  /** What an import threw, once. */
  takeThrown(): unknown {
    const thrown = this.#thrown;
    this.#thrown = undefined;
    return thrown;
  }

  /** No exception may cross the Wasm frames: it would leave the tables as they were in mid-call. */
  #imports(syscalls: Syscalls, memory: Memory): WebAssembly.ModuleImports {
    const keep = (error: unknown): number => {
      this.#thrown = error;
      return STATUS_THROWN;
    };
    return {
      ctl(epfd: number, op: number, fd: number, set: number, slot: number, generation: number) {
        try {
          return syscalls.ctl(epfd, op, fd, set >>> 0, slot, generation >>> 0);
        } catch (error) {
          return keep(error);
        }
      },
      wait(epfd: number, offset: number, maxEvents: number, timeoutMs: number) {
        try {
          return syscalls.wait(epfd, memory, offset >>> 0, maxEvents, timeoutMs);
        } catch (error) {
          return keep(error);
        }
      },
    };
  }
}

/** @throws ERR_OUT_OF_MEMORY when the addresses can't be reserved */
function allocate(initial: number, maximum: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial, maximum });
  } catch (cause) {
    throw new EventManagerError(
      'ERR_OUT_OF_MEMORY',
      'the addresses for Wasm memory could not be reserved. V8 takes 10 GB of them for each, ' +
        'whatever its size: raise `ulimit -v`, or run node with --disable-wasm-trap-handler, by ' +
        'which it takes no more than is needed. A `memoryMax` that fits helps there too',
      { cause },
    );
  }
}
