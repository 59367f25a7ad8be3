import {
  checkCapacity,
  checkCount,
  checkFlag,
  checkOptions,
  type ErrorSink,
  EventManagerError,
  type HandlerErrorPolicy,
  invalidType,
  MAX_READY_EVENTS,
  type OptionNames,
  outOfRange,
} from '../contract/index.js';
import {
  FFIS,
  type Ffi,
  ffiProblem,
  ffiVariableProblem,
  ManagerKernel,
  type Syscalls,
  unsupportedReason,
  useFfi,
} from '../sys/index.js';
import type { Budget } from '../turn/index.js';
import { defaultModule, MEMORY_MAX_BYTES, type WasmModule } from '../wasm/index.js';

const CAPACITY_AUTO = 256;
/** A larger batch than this is made room for as it is used. */
const CAPACITY_AT_ONCE = 65_536;
const STALE_RUN_MAX = 16;
const POLICIES: readonly string[] = ['throw', 'report', 'remove', 'stop'];

export interface EventManagerOptions {
  /**
   * Events that one wait can bring, 1 to `MAX_READY_EVENTS`. `'auto'`, the default, starts with
   * 256 and doubles whenever a batch comes back full.
   */
  capacity?: number | 'auto';
  /** What is done about a handler that throws, after the batch. Default `'throw'`. */
  onHandlerError?: HandlerErrorPolicy;
  /**
   * Told of handlers' errors under `'report'`, `'remove'` and `'stop'`, and of what the loop
   * notices by itself, such as a storm of hang-ups. Default: `process.emitWarning`.
   */
  onError?: ErrorSink;
  /**
   * Go on waiting after a signal, for what is left of the timeout. By default `run` returns 0
   * where the program listens to a signal, so that the listeners get their turn.
   */
  retryOnInterrupt?: boolean;
  /** The most that one turn handles. Default: all that is ready. */
  budget?: Budget;
  /**
   * Arm a ONE_SHOT registration again once its handler's promise has settled. By default it stays
   * silent until `rearm` or `modify`.
   */
  rearmSettled?: boolean;
  /**
   * Events in a row from a fd long removed, after which the epoll instance is replaced, which takes
   * some 5 µs for each registration.
   */
  staleRunMax?: number;
  /** The most that the tables may take, in bytes; whole Wasm pages of 64 KiB. Default 4 GiB. */
  memoryMax?: number;
  /**
   * How this thread makes system calls from now on, its other managers and sources included.
   * `'node'` is Node's own `node:ffi`, of Node 26, which costs the least and prints a warning;
   * `'auto'`, the default, takes it where it prints none, and else koffi. Ask before anything is
   * read or written; `EventManager.backend` tells what came of it.
   */
  ffi?: Ffi;
  /** The operating system. Default: this machine's, by `ffi`. */
  syscalls?: Syscalls;
  /** The core module. Default: the one that the package ships, `wasm-event-manager/core.wasm`. */
  module?: WasmModule;
}

const OPTIONS: OptionNames<EventManagerOptions> = {
  capacity: true,
  onHandlerError: true,
  onError: true,
  retryOnInterrupt: true,
  budget: true,
  rearmSettled: true,
  staleRunMax: true,
  memoryMax: true,
  syscalls: true,
  module: true,
  ffi: true,
};
const BUDGET: OptionNames<Budget> = { events: true, nanoseconds: true };

export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** The options, checked, with the defaults filled in. */
export function resolveOptions(options: EventManagerOptions) {
  checkOptions('an EventManager', options, OPTIONS);
  const ffi = checkFfi(options.ffi ?? 'auto');
  const syscalls = options.syscalls ?? new ManagerKernel();
  const most = Math.min(MAX_READY_EVENTS, Math.floor((2 ** 31 - 1) / syscalls.eventSize));
  const capacity = checkCapacity(options.capacity ?? 'auto', most);
  const policy = options.onHandlerError ?? 'throw';
  if (!POLICIES.includes(policy)) {
    throw outOfRange('onHandlerError', `one of ${POLICIES.join(', ')}`, policy);
  }
  if (options.onError !== undefined && typeof options.onError !== 'function') {
    throw invalidType('onError', 'a function', options.onError);
  }
  const resolved = {
    syscalls,
    module: options.module ?? defaultModule(),
    memoryMax: checkCount('memoryMax', options.memoryMax ?? MEMORY_MAX_BYTES, 1, MEMORY_MAX_BYTES),
    capacity: capacity === 'auto' ? CAPACITY_AUTO : Math.min(capacity, CAPACITY_AT_ONCE),
    capacityMax: capacity === 'auto' ? most : capacity,
    staleMax: checkCount('staleRunMax', options.staleRunMax ?? STALE_RUN_MAX, 1, 65_535),
    policy,
    onError: options.onError,
    retryOnInterrupt: checkFlag('retryOnInterrupt', options.retryOnInterrupt),
    rearmSettled: checkFlag('rearmSettled', options.rearmSettled),
    budget: checkBudget(options.budget),
  };
  // Last: it holds for the whole thread.
  if (!options.syscalls) settleFfi(ffi);
  return resolved;
}

function checkBudget(budget: Budget = {}): Budget {
  const { events, nanoseconds } = checkOptions('a budget', budget, BUDGET);
  if (events !== undefined) checkCount('budget.events', events, 1, Number.MAX_SAFE_INTEGER);
  if (nanoseconds === undefined) return budget;
  if (typeof nanoseconds !== 'number') {
    throw invalidType('budget.nanoseconds', 'a number', nanoseconds);
  }
  if (!(nanoseconds > 0)) {
    throw outOfRange('budget.nanoseconds', 'more than zero', nanoseconds);
  }
  return budget;
}

function checkFfi(ffi: unknown): Ffi {
  const known = `one of ${FFIS.join(', ')}`;
  if (typeof ffi !== 'string') throw invalidType('ffi', known, ffi);
  if (!FFIS.includes(ffi)) throw outOfRange('ffi', known, ffi);
  const problem = ffiProblem(ffi as Ffi);
  if (problem === undefined) return ffi as Ffi;
  throw new EventManagerError(
    'ERR_FFI_UNAVAILABLE',
    `ffi can't be '${ffi}': ${problem}. There are 'auto' and 'koffi'`,
  );
}

/** Has the thread make its system calls so. */
function settleFfi(ffi: Ffi): void {
  const problem = ffiVariableProblem();
  if (problem !== undefined) throw new EventManagerError('ERR_FFI_UNAVAILABLE', problem);
  useFfi(ffi);
  const reason = unsupportedReason();
  if (reason === undefined) return;
  throw new EventManagerError(
    'ERR_UNSUPPORTED_PLATFORM',
    `an EventManager can't be made here: ${reason}. Ask EventManager.isSupported() first, ` +
      'or pass `syscalls`',
  );
}
