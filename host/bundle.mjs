// Bundles the host into dist/host: `node host/bundle.mjs index net/index …`. It makes one file for
// each entry point and chunks for what they share, as ES modules; and one file with most of them as
// CommonJS, which is what `require` gets where it doesn't take an ES module: in Jest, and before
// Node 20.19, with a copy of the types. With --modules it leaves out CommonJS, with --sourcemap it
// changes no expression and writes maps.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const args = process.argv.slice(2);
const subpaths = args.filter((arg) => !arg.startsWith('--'));
const sourcemap = args.includes('--sourcemap');
/** `require` of the others needs a Node that takes an ES module. */
const required = subpaths.filter((path) => !/^(plugin|wasi)\//.test(path));
const core = readFileSync('dist/core.wasm').toString('base64');
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: !sourcemap,
  sourcemap,
  logLevel: 'warning',
  // The package's own `sideEffects` is for its users.
  ignoreAnnotations: true,
  // A bundler of the user's wouldn't take a file along.
  define: {
    CORE_WASM_BASE64: JSON.stringify(core),
    SHIM_BYTES: readFileSync('dist/shim/bytes.json', 'utf8'),
  },
};

await build({
  ...common,
  entryPoints: subpaths.map((path) => `host/${path}.ts`),
  format: 'esm',
  splitting: true,
  outbase: 'host',
  outdir: 'dist/host',
  chunkNames: 'chunks/[name]-[hash]',
  // What host/index.ts needs is injected into every entry point, so that it is one chunk, and not a
  // dozen by who else needs it.
  inject: ['host/index.ts'],
});

if (!args.includes('--modules')) await buildCommonJs();
for (const name of readdirSync('dist/host', { recursive: true })) {
  if (/\.c?js$/.test(name)) restoreNames(join('dist/host', name));
}

/** esbuild calls a class that speaks of itself _Name, which users would read in prints. */
function restoreNames(file) {
  const text = readFileSync(file, 'utf8');
  if (/=\s?class _[A-Z]/.test(text)) writeFileSync(file, text.replace(/\b_([A-Z]\w*)/g, '$1'));
}

async function buildCommonJs() {
  await build({
    ...common,
    stdin: {
      contents: required.map((path, i) => `export * as part${i} from './${path}.js';`).join('\n'),
      resolveDir: 'host',
    },
    format: 'cjs',
    minifyWhitespace: true,
    lineLimit: 100,
    // As deep as the chunks: the shim is found from where the code is.
    outfile: 'dist/host/commonjs/all.cjs',
    // host/sys/packages.ts does without.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  required.forEach((path, i) => {
    const file = `dist/host/${path}.cjs`;
    mkdirSync(dirname(file), { recursive: true });
    const all = relative(dirname(file), 'dist/host/commonjs/all.cjs');
    const specifier = all.startsWith('.') ? all : `./${all}`;
    writeFileSync(file, `module.exports = require('${specifier}').part${i};\n`);
  });
  for (const name of readdirSync('dist/host', { recursive: true })) {
    if (name.endsWith('.d.ts') && !/^(plugin|wasi)/.test(name)) copyTypes(join('dist/host', name));
  }
}

/**
 * TypeScript takes types for those of a CommonJS file by their extension. The copy is without the
 * docstrings, which are a third of the package.
 */
function copyTypes(file) {
  const text = readFileSync(file, 'utf8')
    .replace(/((?:from|import) '\.[^']*)\.js'/g, "$1.cjs'")
    .replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '');
  writeFileSync(file.replace(/\.ts$/, '.cts'), text);
}
