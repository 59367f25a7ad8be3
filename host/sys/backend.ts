import { type HotCalls, type ShimFunctions, shimCalls } from './hot-calls.js';
import { koffiAddressOf, koffiShim } from './libc.js';
import { libcCalls } from './libc-calls.js';
import { isExperimentQuiet, nodeAddressOf, nodeFfiProblem, nodeShim } from './node-ffi.js';
import { findShim, openShim } from './shim.js';

/** How system calls are made, as a user asks for it. */
export type Ffi = 'auto' | 'koffi' | 'node';
export const FFIS: readonly string[] = ['auto', 'koffi', 'node'] satisfies Ffi[];

/** How a thread makes the system calls that are made often. */
export interface Backend {
  /** `'koffi'`, or `'node'`: Node's own `node:ffi`, whose calls cost the least. */
  readonly ffi: 'koffi' | 'node';
  /** Whether calls go through the shim that the library brings, or else through the C library. */
  readonly shim: boolean;
  /** Why it isn't a faster one; undefined where there is none. */
  readonly reason: string | undefined;
}

/** What a thread goes by whose managers don't ask: as `Ffi`, or … */
export const FFI_VARIABLE = 'WASM_EVENT_MANAGER_FFI';
/** … without the shim, which is for comparisons. */
const LIBC = 'libc';
type Wish = Ffi | typeof LIBC;

type Way = { readonly calls: HotCalls } | { readonly reason: string };
/** The ways that were tried, each once. */
const ways = new Map<'node' | 'koffi', Way>();
let asked: Ffi | undefined;
let hot: HotCalls | undefined;
let current: Backend | undefined;
/** In a worker: what an accepted connection's fd needs, see thread-end.ts. */
let aroundAccept = (accept: HotCalls['accept']) => accept;

/**
 * The calls of this thread. Which they are should be settled before the first one is made: V8 does
 * not put a call into its caller that has called another function there.
 */
export function hotCalls(): HotCalls {
  return hot ?? choose();
}

/** How this thread makes its calls: chosen now, where it was not yet. */
export function backend(): Backend {
  hotCalls();
  return current!;
}

/** See `HotCalls.addressOf`. */
export function addressOf(view: ArrayBufferView): number {
  return hotCalls().addressOf(view);
}

/**
 * Has this thread make its calls so from now on, also for what is there already. 'auto' leaves it
 * as it is. What is there and can't be had is told by `backend`.
 */
export function useFfi(ffi: Ffi): void {
  if (ffi === 'auto' || ffi === asked) return;
  asked = ffi;
  hot = undefined;
}

/** Why there is no such way in this Node, as a sentence. */
export function ffiProblem(ffi: Ffi): string | undefined {
  const problem = ffi === 'node' ? nodeFfiProblem() : undefined;
  return problem?.missing ? problem.reason : undefined;
}

/** What is wrong with the environment's variable, as a sentence. Then it counts as 'auto'. */
export function ffiVariableProblem(): string | undefined {
  const value = process.env[FFI_VARIABLE] || 'auto';
  if (value === LIBC) return undefined;
  if (!FFIS.includes(value)) {
    return `${FFI_VARIABLE} must be one of ${FFIS.join(', ')}, not ${JSON.stringify(value)}`;
  }
  const problem = ffiProblem(value as Ffi);
  return problem && `${FFI_VARIABLE} can't be 'node': ${problem}`;
}

/** For a worker, early: makes what koffi can't make while the worker is terminated. */
export function prepareCalls(around: typeof aroundAccept): void {
  aroundAccept = around;
  wayBy('koffi');
  choose();
}

function choose(): HotCalls {
  const wish = asked ?? (ffiVariableProblem() ? 'auto' : (process.env[FFI_VARIABLE] as Wish));
  const { calls, ...chosen } = chosenBy(wish || 'auto');
  hot = { ...calls, accept: aroundAccept(calls.accept) };
  current = chosen;
  return hot;
}

/** The fastest way that a wish allows, and what is there. */
function chosenBy(wish: Wish): Backend & { calls: HotCalls } {
  const refusal = refusalOfNode(wish);
  const node = refusal === undefined ? wayBy('node') : { reason: refusal };
  if ('calls' in node) return { ffi: 'node', shim: true, reason: undefined, calls: node.calls };
  const koffi = wish === LIBC ? { reason: 'the shim is not asked for' } : wayBy('koffi');
  if ('calls' in koffi)
    return { ffi: 'koffi', shim: true, reason: node.reason, calls: koffi.calls };
  const reasons = new Set([koffi.reason, node.reason]);
  return { ffi: 'koffi', shim: false, reason: [...reasons].join('; '), calls: libcCalls() };
}

/** Why `node:ffi` isn't tried. */
function refusalOfNode(wish: Wish): string | undefined {
  if (wish === 'koffi' || wish === LIBC) return 'node:ffi is not asked for';
  const problem = nodeFfiProblem();
  if (problem) return problem.reason;
  if (wish === 'node' || isExperimentQuiet()) return undefined;
  return (
    "node:ffi prints a warning when it is loaded: ask for it with ffi: 'node', or run Node with " +
    '--disable-warning=ExperimentalWarning'
  );
}

function wayBy(ffi: 'node' | 'koffi'): Way {
  const way = ways.get(ffi) ?? (ffi === 'node' ? wayByNode() : wayByKoffi());
  ways.set(ffi, way);
  return way;
}

function wayByNode(): Way {
  const shim = loadShim(nodeShim);
  if ('reason' in shim) return shim;
  const rest = { addressOf: nodeAddressOf, call: shim.functions.wem_call };
  return { calls: shimCalls(shim.functions, rest) };
}

function wayByKoffi(): Way {
  const shim = loadShim(koffiShim);
  return 'reason' in shim
    ? shim
    : { calls: shimCalls(shim.functions, { addressOf: koffiAddressOf }) };
}

function loadShim(load: (path: string) => ShimFunctions) {
  const found = findShim();
  return 'reason' in found ? found : openShim(load, found.path);
}
