/**
 * AssemblyScript can't write the names that the component model wants. This gives them to the
 * compiled module, by convention and from the WIT:
 *
 *   export addSubscriber                 package:name/reactor@version#add-subscriber
 *   import epoll.create                  package:name/epoll@version create
 *
 * What the canonical ABI itself asks for (memory, cabi_…) keeps its name. Parameters are compared
 * by name, as two of one type that have changed places would go unnoticed otherwise. The transform
 * is for a world as `parseWit` reads it, with one exported interface.
 */
export function componentNames(wit) {
  return class {
    afterParse(parser) {
      for (const source of parser.sources) {
        const file = /(?:^|\/)component\/([\w-]+)\.ts$/.exec(source.normalizedPath);
        if (file) compareParameters(source.statements, interfaceOf(wit, file[1]));
      }
    }

    /** asc sets `binaryen`: any other copy of it would not know the module. */
    afterCompile(module) {
      renameExports(this.binaryen, module, wit);
      renameImports(this.binaryen, module, wit);
    }
  };
}

/** component/epoll.ts declares `epoll`; what isn't imported is for the exported interface. */
function interfaceOf(wit, short) {
  const [exported] = wit.exports.values();
  return wit.interfaces.get(wit.imports.get(short) ?? exported);
}

function compareParameters(statements, { short, functions, types }) {
  for (const { name, signature } of statements) {
    const declared = signature && functions.get(kebab(name.text));
    if (!declared) continue;
    const expected = declared.parameters.flatMap((parameter) => flatten(parameter, types));
    const found = signature.parameters.map((parameter) => kebab(parameter.name.text));
    // An import may have one more: where its answer goes.
    if (expected.some((word, index) => word !== found[index])) {
      const [inModule, inWit] = [found, expected].map((names) => names.join(', '));
      throw new Error(
        `the module has ${short}.${kebab(name.text)} with (${inModule}), and wit/ with (${inWit})`,
      );
    }
  }
}

/** The canonical ABI passes a record as its fields, and an option as whether it is there and it. */
function flatten({ name, words: [word, ...rest] }, types) {
  if (word === 'option') return [`has-${name}`, ...flatten({ name, words: rest }, types)];
  const type = types.get(word);
  return type?.kind === 'record' ? type.members.map((member) => member.name) : [name];
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
    const target = wit.imports.get(from);
    const member = kebab(base);
    if (!wit.interfaces.get(target)?.functions.has(member)) {
      throw new Error(`the module imports '${from}.${base}', but wit/ has no ${from}.${member}`);
    }
    module.removeFunction(name);
    module.addFunctionImport(name, target, member, params, results);
  }
}

function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
