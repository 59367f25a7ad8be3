import { spawnSync } from 'node:child_process';

/** One of ours: the library on a Node, by a way into the kernel. */
export interface Way {
  /** 'Node 26, node:ffi'. */
  readonly name: string;
  readonly node: string;
  readonly env: NodeJS.ProcessEnv;
}

/** By what `WASM_EVENT_MANAGER_FFI` is: the default first. */
export const FFI_LABELS: Readonly<Record<string, string>> = {
  koffi: 'koffi, shim',
  libc: 'koffi, libc',
  node: 'node:ffi, shim',
};
const LIMIT_MS = 60_000;

/** What a Node says of itself, and of what the library does there. */
const QUESTION = `import('wasm-event-manager').then(({ EventManager }) => {
  new EventManager().close();
  const { ffi, shim } = EventManager.backend;
  console.log(process.versions.node.split('.')[0], ffi, shim);
}, (error) => console.log('failed', error.message))`;

/** The ways of a Node that are there, of those asked for; the others are skipped, and why. */
export function waysOf(node: string, ffis: readonly string[], skipped: Map<string, string>): Way[] {
  const ways: Way[] = [];
  for (const ffi of ffis) {
    const env = { ...process.env, WASM_EVENT_MANAGER_FFI: ffi, NODE_NO_WARNINGS: '1' };
    const { stdout, error } = spawnSync(node, ['--eval', QUESTION], {
      env,
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
    const [version, used, shim] = (stdout ?? '').trim().split(' ');
    const name = `Node ${version}, ${FFI_LABELS[ffi]}`;
    if (error) skipped.set(node, error.message);
    else if (used === (ffi === 'node' ? 'node' : 'koffi') && shim === String(ffi !== 'libc')) {
      ways.push({ name, node, env });
    } else skipped.set(`${node}, ${FFI_LABELS[ffi]}`, stdout.trim());
  }
  return ways;
}
