import { checkFlag, checkOptions, invalidType } from '../contract/index.js';
import type { ModuleExport } from './declarations.js';
import { chooseLimits, DEFAULTS, type ModuleLimits } from './limits.js';
import { type ModuleScan, scanModule } from './module-scan.js';
import { signatureOf } from './module-types.js';
import { ModuleRefusedError } from './refusal.js';
import { rewriteModule } from './rewrite.js';

/** What a module has, as far as it concerns who hosts it. */
export interface ModuleReport {
  /** What it asks its host for: functions alone. */
  readonly imports: readonly {
    readonly module: string;
    readonly name: string;
    /** As '(i32, f64) -> i32'. */
    readonly signature: string;
  }[];
  readonly exports: readonly {
    readonly name: string;
    readonly kind: 'function' | 'table' | 'memory' | 'global';
    /** Of a function. */
    readonly signature?: string;
  }[];
  /** In pages of 64 KiB; undefined where it has none. */
  readonly memory: { readonly initial: number; readonly maximum: number | undefined } | undefined;
  /** Entries of each of its tables. */
  readonly tables: readonly { readonly initial: number; readonly maximum: number | undefined }[];
  /** Functions that it defines. */
  readonly functions: number;
  /** Whether it has a start function, which runs when it is instantiated. */
  readonly start: boolean;
}

/** The functions that a module may import: by module and name, each with its signature. */
export type AllowedImports = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface AdmissionOptions extends ModuleLimits {
  /** What it may import. Default: nothing. */
  imports?: AllowedImports;
  /** Whether its code is to take fuel. Default false. */
  metered?: boolean;
}

/**
 * Goes through a core module, section by section and instruction by instruction, without compiling
 * it. What isn't on a list of what is known to be harmless is refused: garbage collection,
 * exceptions, threads, memory64, several memories, tail calls, imports that are no functions, and
 * too much of anything. What it says is what V8 will compile, or it is refused.
 *
 * @throws ModuleRefusedError with `offset`, `feature` and, where there is one, `limit`; TypeError,
 * RangeError for the arguments
 * @example
 * const { imports } = inspectModule(await readFile('guest.wasm'), { memoryPages: 16 });
 */
export function inspectModule(bytes: Uint8Array, limits: ModuleLimits = {}): ModuleReport {
  const checked = checkOptions('inspectModule', limits, DEFAULTS);
  return reportOf(scanModule(checkBytes(bytes), chooseLimits(checked)));
}

/** A module as it may be compiled, and what it has. */
export interface Admitted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly report: ModuleReport;
}

/** As `inspectModule`; and writes the limits into the module, and a meter into its code. */
export function admitModule(bytes: Uint8Array, options: AdmissionOptions = {}): Admitted {
  checkOptions('admitModule', options, { ...DEFAULTS, imports: true, metered: true });
  const limits = chooseLimits(options);
  const metered = checkFlag('metered', options.metered);
  const scan = scanModule(checkBytes(bytes), limits);
  checkImports(scan, options.imports ?? {});
  return {
    bytes: rewriteModule(scan, limits, metered),
    report: reportOf(scan),
  };
}

function checkBytes(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalidType('A module', 'a Uint8Array', bytes);
  // What lies in shared memory could change while it is inspected.
  return bytes.buffer instanceof SharedArrayBuffer ? bytes.slice() : bytes;
}

function checkImports(scan: ModuleScan, allowed: AllowedImports): void {
  for (const { module, name, type, offset } of scan.imports) {
    const functions = Object.hasOwn(allowed, module) ? allowed[module]! : {};
    const expected = Object.hasOwn(functions, name) ? functions[name] : undefined;
    const found = signatureOf(type);
    if (expected === found) continue;
    const feature = `the import '${module}' '${name}'`;
    const message =
      expected === undefined
        ? `${feature} is not offered. There is: ${listOf(allowed)}`
        : `${feature} is ${found}, and what is offered ${expected}`;
    throw new ModuleRefusedError(message, { offset, feature });
  }
}

function listOf(allowed: AllowedImports): string {
  const names = Object.entries(allowed).flatMap(([module, functions]) =>
    Object.keys(functions).map((name) => `${module}.${name}`),
  );
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function reportOf(scan: ModuleScan): ModuleReport {
  return {
    imports: scan.imports.map(({ module, name, type }) => ({
      module,
      name,
      signature: signatureOf(type),
    })),
    exports: scan.exports.map((each) => exportOf(each, scan)),
    memory: scan.memory && { initial: scan.memory.initial, maximum: scan.memory.maximum },
    tables: scan.tables.map(({ initial, maximum }) => ({ initial, maximum })),
    functions: scan.functions.length,
    start: scan.start !== undefined,
  };
}

function exportOf(
  { name, kind, index }: ModuleExport,
  { imports, functions }: ModuleScan,
): ModuleReport['exports'][number] {
  if (kind !== 'function') return { name, kind };
  const type = imports[index]?.type ?? functions[index - imports.length];
  return type ? { name, kind, signature: signatureOf(type) } : { name, kind };
}
