/**
 * AssemblyScript can't write the names that the component model wants. This gives them to the
 * compiled module, by convention and from the WIT:
 *
 *   export addSubscriber                 package:name/reactor@version#add-subscriber
 *   import component-epoll.create        package:name/epoll@version create
 *   import epoll.ctl                     the same interface: the core module calls it so, too
 *
 * What the canonical ABI itself asks for (memory, cabi_…) keeps its name. The transform is for a
 * world as `parseWit` reads it, with one exported interface.
 */
export function componentNames(wit) {
  return class {
    /** asc sets `binaryen`: any other copy of it would not know the module. */
    afterCompile(module) {
      renameExports(this.binaryen, module, wit);
      renameImports(this.binaryen, module, wit);
    }
  };
}

function renameExports(binaryen, module, wit) {
  const [[short, target]] = wit.exports;
  const { functions } = wit.interfaces.get(target);
  const exports = Array.from({ length: module.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(module.getExportByIndex(index)),
  );
  for (const { name, value, kind } of exports) {
    if (kind !== binaryen.ExternalFunction || name.startsWith('cabi_')) continue;
    const member = kebab(name);
    if (!functions.has(member)) {
      throw new Error(`the module exports '${name}', but wit/ has no ${short}.${member}`);
    }
    module.removeExport(name);
    module.addFunctionExport(value, `${target}#${member}`);
  }
}

function renameImports(binaryen, module, wit) {
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  for (const { name, module: from, base, params, results } of functions) {
    if (!from) continue;
    const short = from.replace(/^component-/, '');
    const target = wit.imports.get(short);
    const member = kebab(base);
    if (!wit.interfaces.get(target)?.functions.has(member)) {
      throw new Error(`the module imports '${from}.${base}', but wit/ has no ${short}.${member}`);
    }
    module.removeFunction(name);
    module.addFunctionImport(name, target, member, params, results);
  }
}

function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
