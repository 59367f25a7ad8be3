import nodeModule from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Loads a package that no bundle contains: koffi, with its binary, or an optional peer. It is
 * sought from this file, and, as this may have become part of a bundle, from the program's file and
 * from the working directory.
 *
 * @throws what Node's `require` throws, from this file
 */
export function requirePackage(name: string): unknown {
  // In two steps: webpack takes out an imported `createRequire` that it can't follow.
  const { createRequire } = nodeModule;
  let failure: unknown;
  for (const base of bases()) {
    try {
      return createRequire(base)(name);
    } catch (error) {
      failure ??= error;
      if (!isMissing(error, name)) throw error;
    }
  }
  throw failure;
}

/** This file, which may have become part of a bundle; undefined where that doesn't tell. */
export function ownFile(): string | undefined {
  // In a bundle of CommonJS `import.meta` is empty, and `__filename` is there.
  const own = import.meta.url ?? (typeof __filename === 'string' ? __filename : undefined);
  if (!isBase(own)) return undefined;
  return own.startsWith('/') ? own : fileURLToPath(own);
}

function bases(): string[] {
  return [ownFile(), process.argv[1], join(process.cwd(), 'index.js')].filter(isBase);
}

/** What `createRequire` takes: webpack may leave a number, `node --eval` a flag. */
function isBase(base: unknown): base is string {
  return typeof base === 'string' && /^(\/|file:)/.test(base);
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === 'MODULE_NOT_FOUND' && String(message).includes(`'${name}'`);
}
