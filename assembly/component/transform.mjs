/**
 * AssemblyScript can't write the names that the component model wants. This gives them to the
 * compiled module, by convention:
 *
 *   export addSubscriber       wasm-event-manager:reactor/reactor@0.1.0#add-subscriber
 *   import epoll.ctl           wasm-event-manager:reactor/epoll@0.1.0 ctl
 *
 * What the canonical ABI itself asks for (memory, cabi_…) keeps its name. `componentNew` compares
 * the result with the WIT: a function that the module lacks fails the build.
 */
const EXPORTED = 'wasm-event-manager:reactor/reactor@0.1.0';
/** By the file that declares the imports: epoll.ts, monotonic-clock.ts. */
const IMPORTED = {
  epoll: 'wasm-event-manager:reactor/epoll@0.1.0',
  'monotonic-clock': 'wasi:clocks/monotonic-clock@0.2.0',
};

export class ComponentNames {
  /** asc sets `binaryen`: any other copy of it would not know the module. */
  afterCompile(module) {
    renameExports(this.binaryen, module);
    renameImports(this.binaryen, module);
  }
}

function renameExports(binaryen, module) {
  const exports = Array.from({ length: module.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(module.getExportByIndex(index)),
  );
  for (const { name, value, kind } of exports) {
    if (kind !== binaryen.ExternalFunction || name.startsWith('cabi_')) continue;
    module.removeExport(name);
    module.addFunctionExport(value, `${EXPORTED}#${kebab(name)}`);
  }
}

function renameImports(binaryen, module) {
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  for (const { name, module: from, base, params, results } of functions) {
    if (!from) continue;
    module.removeFunction(name);
    module.addFunctionImport(name, IMPORTED[from] ?? from, kebab(base), params, results);
  }
}

function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
