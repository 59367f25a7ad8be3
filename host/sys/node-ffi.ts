import { type Call, SHIM_FUNCTIONS, type ShimFunctions } from './hot-calls.js';
import { requirePackage } from './packages.js';

/**
 * The one file that knows `node:ffi`, which is experimental: Node 26 has it, and prints a warning
 * when it is loaded.
 */

const DOUBLE = 'float64';

/** What there is of it: the names of a definition were `result` and `parameters` at first. */
interface Definition {
  return: string;
  arguments: string[];
  result: string;
  parameters: string[];
}
interface NodeFfi {
  dlopen(path: string, definitions: Record<string, Definition>): { functions: object };
  getRawPointer(view: ArrayBufferView): bigint;
}

let ffi: NodeFfi | undefined;

/** Whether this Node has it, and lets us have it; or why not. Loads nothing. */
export function nodeFfiProblem(): { missing: boolean; reason: string } | undefined {
  const builtin = process.getBuiltinModule?.('node:module') as
    | { isBuiltin(name: string): boolean }
    | undefined;
  if (!builtin?.isBuiltin('node:ffi')) {
    return { missing: true, reason: `Node ${process.versions.node} has no node:ffi: Node 26 has` };
  }
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  if (permission && !permission.has('ffi')) {
    return { missing: false, reason: 'the permission model keeps node:ffi back: --allow-ffi' };
  }
  return undefined;
}

/** Whether Node prints no warning when it loads an experimental module. */
export function isExperimentQuiet(): boolean {
  if (process.env.NODE_NO_WARNINGS === '1') return true;
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  return options.some(
    (option, i) =>
      option === '--no-warnings' ||
      option === '--disable-warning=ExperimentalWarning' ||
      (option === '--disable-warning' && options[i + 1] === 'ExperimentalWarning'),
  );
}

/** The functions of the shim at a path. Throws where it can't be loaded. */
export function nodeShim(path: string): ShimFunctions {
  ffi ??= requirePackage('node:ffi') as NodeFfi;
  const definitions = Object.entries(SHIM_FUNCTIONS).map(([name, count]) => {
    const parameters: string[] = Array(count).fill(DOUBLE);
    return [name, { return: DOUBLE, arguments: parameters, result: DOUBLE, parameters }];
  });
  const { functions } = ffi.dlopen(path, Object.fromEntries(definitions));
  return functions as Record<keyof ShimFunctions, Call>;
}

/** See `HotCalls.addressOf`. */
export function nodeAddressOf(view: ArrayBufferView): number {
  return Number(ffi!.getRawPointer(view));
}
