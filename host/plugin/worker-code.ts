import { Worker } from 'node:worker_threads';
import type { Internals } from '../attached/index.js';
import type { Clock } from '../clock/internal.js';
import { EventSet, systemError } from '../contract/index.js';
import { close, createEventFd, resetEventFd } from '../sys/index.js';
import { ABI_VERSION, BATCH_MAX, BUFFER_BYTES, ENTRY_WORDS, type ImportName } from './abi.js';
import type { CallLimits, Code, Outcome } from './code.js';
import { badBuffer, otherVersion, PluginFault } from './fault.js';
import {
  ARGUMENTS_AT,
  BUFFER_AT,
  COMMANDS,
  type GuestThreadData,
  guestThread,
  OPERATIONS,
  WORDS,
} from './guest-thread.js';
import type { GuestImports } from './imports.js';

/** Bytes that one import of a guest in a thread moves at the most. */
const PAYLOAD_BYTES = 65_536;
const PAGE = 65_536;
const NS_PER_MS = 1e6;
/** The program of the thread; a bundler may have named its functions by a helper of its own. */
const PROGRAM = `var __name = (f) => f; (${guestThread})(
  require('node:worker_threads').workerData, require('node:fs').writeSync,
  ${JSON.stringify(WORDS)}, ${JSON.stringify(COMMANDS)}, ${JSON.stringify(OPERATIONS)},
  ${ARGUMENTS_AT}, ${BUFFER_AT})`;
/** V8's heap of a guest's thread, in MB: its Wasm memory isn't counted there. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 };

/** The imports that bring bytes of the guest's along. */
const CARRYING: ReadonlySet<ImportName> = new Set([
  'grant',
  'write',
  'publish',
  'subscribe',
  'log',
]);

/** What the code of a guest in a thread needs. */
export interface WorkerPieces {
  readonly name: string;
  readonly module: WebAssembly.Module;
  readonly internals: Internals;
  readonly clock: Clock;
  /** What it imports, made for the memory of this code. */
  imports(code: Code): GuestImports;
}

/**
 * The code of a guest in a thread of its own, which is terminated when a call takes too long. Its
 * imports are carried out here, by the manager's thread, whether that blocks in `run` or not: the
 * guest's thread rings an eventfd, and waits.
 */
export class WorkerCode implements Code {
  readonly bytes = new Uint8Array(PAYLOAD_BYTES);
  readonly entries: Int32Array;
  readonly buffer: Uint8Array;
  readonly #pieces: WorkerPieces;
  readonly #exports: ReadonlySet<string>;
  readonly #imports: GuestImports;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #payload: Uint8Array;
  readonly #worker: Worker;
  readonly #bell: number;
  readonly #unwatch: () => void;
  #turn = 0;
  #served = 0;
  #outcome: Outcome | undefined;
  #stopTimer: () => void = () => {};
  #ended = false;

  /** @throws the error of eventfd(2) or of the thread */
  constructor(pieces: WorkerPieces) {
    this.#pieces = pieces;
    const exports = WebAssembly.Module.exports(pieces.module);
    this.#exports = new Set(exports.map(({ name }) => name));
    const shared = new SharedArrayBuffer(BUFFER_AT + BUFFER_BYTES + PAYLOAD_BYTES);
    this.#words = new Int32Array(shared, 0, 16);
    this.#numbers = new Float64Array(shared, ARGUMENTS_AT, 8);
    this.buffer = new Uint8Array(shared, BUFFER_AT, BUFFER_BYTES);
    this.entries = new Int32Array(shared, BUFFER_AT, BATCH_MAX * ENTRY_WORDS);
    this.#payload = new Uint8Array(shared, BUFFER_AT + BUFFER_BYTES, PAYLOAD_BYTES);
    this.#imports = pieces.imports(this);
    const bell = createEventFd(0, false);
    if (bell < 0) throw systemError(bell, 'eventfd');
    this.#bell = bell;
    let unwatch = () => {};
    try {
      unwatch = pieces.internals.watchOwn(bell, EventSet.IN, () => this.#rung());
      this.#worker = this.#makeWorker(shared);
    } catch (error) {
      unwatch();
      close(bell);
      throw error;
    }
    this.#unwatch = unwatch;
  }

  get memoryBytes(): number {
    return this.#words[WORDS.memory]! * PAGE;
  }

  has(name: string): boolean {
    return this.#exports.has(name);
  }

  start(limits: CallLimits, outcome: Outcome): void {
    this.call('start', limits, 0, 0, (error, version) => {
      if (error || version === ABI_VERSION) {
        outcome(error, 0);
        return;
      }
      const { name } = this.#pieces;
      const buffer = this.#words[WORDS.a]! >>> 0;
      outcome(version === -1 ? badBuffer(name, buffer) : otherVersion(name, version), 0);
    });
  }

  call(name: string, limits: CallLimits, a: number, b: number, outcome: Outcome): void {
    const words = this.#words;
    this.#outcome = outcome;
    this.#turn += 1;
    words[WORDS.name] = (COMMANDS as readonly string[]).indexOf(name);
    words[WORDS.a] = a;
    words[WORDS.b] = b;
    if (limits.deadlineMs < Infinity) this.#limit(name, limits.deadlineMs);
    // Until it is done, it keeps the process alive.
    this.#worker.ref();
    Atomics.store(words, WORDS.command, this.#turn);
    Atomics.notify(words, WORDS.command);
  }

  end(): void {
    if (this.#ended) return;
    const outcome = this.#outcome;
    this.#ended = true;
    this.#outcome = undefined;
    this.#stopTimer();
    this.#unwatch();
    // The thread may write to the number of the bell until it is gone.
    const closeBell = () => void close(this.#bell);
    this.#worker.terminate().then(closeBell, closeBell);
    outcome?.(new PluginFault(this.#pieces.name, 'trap', 'was ended in the middle of a call'), 0);
  }

  #makeWorker(shared: SharedArrayBuffer): Worker {
    const workerData: GuestThreadData = {
      module: this.#pieces.module,
      shared,
      bell: this.#bell,
      bufferBytes: BUFFER_BYTES,
      payloadBytes: PAYLOAD_BYTES,
      abi: ABI_VERSION,
    };
    const worker = new Worker(PROGRAM, {
      eval: true,
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: RESOURCE_LIMITS,
    });
    worker.unref();
    const gone = (error?: unknown) => this.#fail('trap', 'lost its thread', error);
    worker.on('error', gone);
    worker.on('exit', () => gone());
    return worker;
  }

  /** Whether for a request or for the end of a call. */
  #rung(): void {
    resetEventFd(this.#bell);
    const words = this.#words;
    if (Atomics.load(words, WORDS.request) !== this.#served) this.#serve();
    if (this.#outcome && Atomics.load(words, WORDS.done) === this.#turn) this.#complete();
  }

  #serve(): void {
    const words = this.#words;
    const operation = OPERATIONS[words[WORDS.operation]!]!;
    if (CARRYING.has(operation)) this.bytes.set(this.#payload);
    const result = this.#imports[operation](...this.#numbers.subarray(0, 7));
    if (this.#ended) return;
    const value = typeof result === 'number' ? result : 0;
    if (operation === 'read' && value > 0) this.#payload.set(this.bytes.subarray(0, value));
    this.#numbers[7] = value;
    this.#served += 1;
    Atomics.store(words, WORDS.reply, this.#served);
    Atomics.notify(words, WORDS.reply);
  }

  #complete(): void {
    const words = this.#words;
    const outcome = this.#outcome!;
    this.#outcome = undefined;
    this.#stopTimer();
    this.#worker.unref();
    const length = words[WORDS.failed]!;
    if (length === 0) {
      outcome(undefined, words[WORDS.result]!);
      return;
    }
    const text = new TextDecoder().decode(this.buffer.slice(0, length));
    outcome(new PluginFault(this.#pieces.name, 'trap', `trapped: ${text}`), 0);
  }

  #limit(name: string, deadlineMs: number): void {
    const late = () => this.#fail('deadline', `took longer than ${deadlineMs} ms in ${name}`);
    const delay = BigInt(Math.ceil(deadlineMs * NS_PER_MS));
    this.#stopTimer = this.#pieces.clock.callAfter(delay, late);
  }

  #fail(kind: 'deadline' | 'trap', what: string, cause?: unknown): void {
    const outcome = this.#outcome;
    if (this.#ended || !outcome) return;
    this.#outcome = undefined;
    this.#stopTimer();
    outcome(new PluginFault(this.#pieces.name, kind, what, cause), 0);
  }
}
