import { Lab } from './lab.js';

/** One row: a compiler and the typings of Node, and whether everything of ours holds. */
export interface TypesRow {
  readonly compiler: string;
  readonly node: string;
  readonly cells: readonly string[];
}

const COMPILERS = ['6', '7'];
const NODE_TYPES = ['20', '22', '24', '26'];
/** How modules are found. The last one is gone in TypeScript 7. */
export const RESOLUTIONS = ['nodenext', 'bundler', 'node10'];
const OPTIONS: Record<string, string[]> = {
  nodenext: ['--module', 'nodenext'],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
  node10: ['--module', 'commonjs', '--moduleResolution', 'node10'],
};
const STRICT = [
  ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'],
  ...['--target', 'es2022', '--types', 'node'],
];

/** With `dom` and without, the library's own declarations included. */
export function typesRows(): TypesRow[] {
  return NODE_TYPES.flatMap((version) => {
    const compilers = COMPILERS.map((each) => `ts${each}@npm:typescript@${each}`);
    const lab = Lab.with(`types${version}`, [...compilers, `@types/node@${version}`]);
    lab.write('all.ts', lab.exported().join('\n'));
    return COMPILERS.map((compiler) => ({
      compiler: `TypeScript ${lab.installed(`ts${compiler}`)}`,
      node: `@types/node ${lab.installed('@types/node')}`,
      cells: RESOLUTIONS.map((resolution) => compile(lab, compiler, resolution)),
    }));
  });
}

function compile(lab: Lab, compiler: string, resolution: string): string {
  if (resolution === 'node10' && compiler === '7') return 'does not exist';
  const deprecated = resolution === 'node10' && compiler === '6';
  const silent = deprecated ? ['--ignoreDeprecations', '6.0'] : [];
  for (const lib of ['es2022', 'es2022,dom']) {
    const tsc = `node_modules/ts${compiler}/bin/tsc`;
    const options = [...STRICT, ...OPTIONS[resolution]!, ...silent, '--lib', lib];
    const { ok, output } = lab.run(process.execPath, [tsc, ...options, 'all.ts']);
    if (!ok) return `fails: ${output.split('\n', 1)[0]!.slice(0, 100)}`;
  }
  return 'holds';
}
