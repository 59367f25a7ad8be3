import { Lab, type Outcome, tarball, type Verdict, verdict } from './lab.js';

/** One row: a bundler or a test runner, and what came of it. */
export interface ToolRow {
  readonly tool: string;
  readonly how: string;
  readonly cell: Verdict;
}

const PACKAGES = [
  'esbuild',
  'rollup',
  '@rollup/plugin-node-resolve',
  'vite',
  'webpack',
  'webpack-cli',
  '@vercel/ncc',
  'jest',
  'babel-jest',
  '@babel/core',
  '@babel/preset-env',
  'ts-jest',
  'typescript@5.9',
  '@types/node@24',
  '@types/jest',
  'vitest',
];
const BABEL = `module.exports = { transform: { '\\\\.js$': ['babel-jest', {
  presets: [['@babel/preset-env', { targets: { node: 'current' } }]] }] } };`;
const TS_JEST = `module.exports = { transform: { '\\\\.ts$': ['ts-jest', { tsconfig: {
  module: 'commonjs', moduleResolution: 'node10', target: 'es2022', lib: ['es2022'],
  strict: false, types: ['jest', 'node'], esModuleInterop: true } }] } };`;
const JEST_ESM = 'export default { transform: {} };';

export function toolRows(): ToolRow[] {
  const lab = Lab.with('tools', PACKAGES);
  return [...bundlerRows(lab), ...runnerRows(lab), pnpmRow()];
}

type Bundler = [tool: string, how: string, command: string, args: string[], made: string];

function bundlerRows(lab: Lab): ToolRow[] {
  const out = (name: string) => `${lab.folder}/out/${name}`;
  const node = ['bundled.js', '--bundle', '--platform=node', '--log-level=warning'];
  const bundlers: Bundler[] = [
    ['esbuild', 'ESM', 'esbuild', [...node, '--format=esm', `--outfile=${out('e.mjs')}`], 'e.mjs'],
    ['esbuild', 'CJS', 'esbuild', [...node, '--format=cjs', `--outfile=${out('e.cjs')}`], 'e.cjs'],
    [
      'rollup',
      'ESM',
      'rollup',
      ['bundled.js', '-p', 'node-resolve', '-o', out('r.mjs'), '--silent'],
      'r.mjs',
    ],
    [
      'rollup',
      'CJS',
      'rollup',
      ['bundled.js', '-p', 'node-resolve', '-f', 'cjs', '-o', out('r.cjs'), '--silent'],
      'r.cjs',
    ],
    [
      'vite',
      'ssr, noExternal',
      'vite',
      ['build', '--config', 'vite.config.mjs', '--logLevel', 'error'],
      'vite/bundled.mjs',
    ],
    [
      'webpack',
      'target node',
      'webpack',
      ['--mode', 'production', '--target', 'node', '--entry', './bundled.js', '-o', out('webpack')],
      'webpack/main.js',
    ],
    ['@vercel/ncc', 'build', 'ncc', ['build', 'bundled.js', '-o', out('ncc')], 'ncc/index.js'],
  ];
  lab.write(
    'vite.config.mjs',
    `export default { ssr: { noExternal: true }, build: { ssr: 'bundled.js', outDir: 'out/vite',
      rollupOptions: { output: { entryFileNames: '[name].mjs' } } } };`,
  );
  return bundlers.map(([tool, how, command, args, made]) => {
    const built = lab.run(lab.bin(command), args);
    // From elsewhere: a bundle finds koffi from where it lies.
    const outcome = built.ok ? lab.run(process.execPath, [out(made)], {}, '/') : built;
    return { tool: `${tool} ${lab.installed(tool)}`, how, cell: verdict(outcome) };
  });
}

function runnerRows(lab: Lab): ToolRow[] {
  const text = lab.read('tested.js');
  const tested = (folder: string, name: string, type: string, config: string) => {
    lab.write(`${folder}/package.json`, `{"type":"${type}"}`);
    lab.write(`${folder}/${name}`, text);
    lab.write(`${folder}/jest.config.js`, config);
  };
  tested('babel', 'a.test.js', 'commonjs', BABEL);
  tested('ts', 'a.test.ts', 'commonjs', TS_JEST);
  tested('esm', 'a.test.js', 'module', JEST_ESM);
  lab.write('vitest/a.test.js', `import { expect, test } from 'vitest';\n${text}`);
  const jest = (folder: string, env = {}) =>
    passed(lab.run(lab.bin('jest'), ['--rootDir', folder, '-c', `${folder}/jest.config.js`], env));
  const version = `Jest ${lab.installed('jest')}`;
  const vm = { NODE_OPTIONS: '--experimental-vm-modules' };
  return [
    { tool: version, how: 'babel-jest, CommonJS', cell: jest('babel') },
    { tool: version, how: `ts-jest ${lab.installed('ts-jest')}, CommonJS`, cell: jest('ts') },
    { tool: version, how: 'ES modules, --experimental-vm-modules', cell: jest('esm', vm) },
    {
      tool: `Vitest ${lab.installed('vitest')}`,
      how: 'as it is',
      cell: passed(lab.run(lab.bin('vitest'), ['run', '--root', 'vitest'])),
    },
  ];
}

function passed({ ok, output }: Outcome): Verdict {
  return verdict({ ok, output: ok ? `works\n${output}` : output });
}

/** pnpm ends with an error over koffi's script, unless the project says that it isn't needed. */
function pnpmRow(): ToolRow {
  const lab = Lab.empty('pnpm');
  const pnpm = (...args: string[]) => lab.run('npx', ['-y', 'pnpm@latest', ...args]);
  const version = pnpm('--version').output.trim().split('\n').at(-1);
  lab.write('pnpm-workspace.yaml', 'allowBuilds:\n  koffi: false\n');
  const installed = pnpm('add', tarball());
  const outcome = installed.ok ? lab.run(process.execPath, ['blocking.mjs']) : installed;
  return {
    tool: `pnpm ${version}`,
    how: '`allowBuilds: { koffi: false }`',
    cell: verdict(outcome),
  };
}
