import { admitModule, type ModuleReport } from '../admission/index.js';
import { EXPORTS, IMPORTS, OPTIONAL_EXPORTS } from './abi.js';
import { PluginFault } from './fault.js';
import type { Chosen } from './options.js';

/** Admits a module with its limits and its meter, and compiles it off this thread. */
export async function compile(
  bytes: Uint8Array,
  plugin: string,
  { limits, isolation }: Chosen,
): Promise<WebAssembly.Module> {
  const { memoryPages, tableEntries, moduleBytes } = limits;
  const admitted = admitModule(bytes, {
    memoryPages,
    tableEntries,
    moduleBytes,
    imports: { wem: IMPORTS },
    metered: isolation === 'inline',
  });
  checkExports(admitted.report, plugin);
  return WebAssembly.compile(admitted.bytes);
}

/** Whether a guest has what its host calls. @throws PluginFault */
function checkExports({ exports, memory }: ModuleReport, plugin: string): void {
  const missing = (what: string) => new PluginFault(plugin, 'abi', `has no export ${what}`);
  if (!memory || !exports.some(({ name, kind }) => name === 'memory' && kind === 'memory')) {
    throw missing("'memory'");
  }
  const found = new Map(exports.map(({ name, signature }) => [name, signature]));
  for (const [name, signature] of Object.entries({ ...EXPORTS, ...OPTIONAL_EXPORTS })) {
    const optional = Object.hasOwn(OPTIONAL_EXPORTS, name);
    if (optional && !found.has(name)) continue;
    if (found.get(name) !== signature) throw missing(`'${name}' of the type ${signature}`);
  }
}
