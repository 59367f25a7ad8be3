import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ShimFunctions } from './hot-calls.js';
import { ownFile } from './packages.js';

/**
 * The bytes of each shim in base64, by platform and architecture: the build writes them out here.
 * They are few, so that comparing them takes a thousandth of what loading a hash function does.
 */
declare const SHIM_BYTES: Record<string, string> | undefined;

/** `wem_version` of the shim that this code goes with. */
const VERSION = 1;
/** getpid(2), by which a shim shows that its numbers come and go as they should. */
const SYS_GETPID: Record<string, number> = { x64: 39, arm64: 172 };

/** The shim of this machine: its path, once it is known to be ours; or why there is none. */
export function findShim(): { path: string } | { reason: string } {
  const machine = `${process.platform}-${process.arch}`;
  const known = typeof SHIM_BYTES === 'undefined' ? undefined : SHIM_BYTES[machine];
  if (known === undefined) return { reason: `this build has no shim for ${machine}` };
  const own = ownFile();
  if (own === undefined)
    return { reason: 'the shim lies beside the library, and this is a bundle' };
  const path = join(dirname(own), '../../shim', `${machine}.so`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return { reason: `the shim can't be read: ${messageOf(error)}` };
  }
  if (bytes.equals(Buffer.from(known, 'base64'))) return { path };
  return { reason: `the shim was changed since it was built, and is not loaded: ${path}` };
}

/** Loads the shim at a path, and tries it: its functions, or why they can't be had. */
export function openShim(
  load: (path: string) => ShimFunctions,
  path: string,
): { functions: ShimFunctions } | { reason: string } {
  try {
    const functions = load(path);
    const version = functions.wem_version();
    if (version !== VERSION) return { reason: `the shim is of version ${version}, not ${VERSION}` };
    const pid = functions.wem_call(SYS_GETPID[process.arch]!, 0, 0, 0, 0, 0, 0);
    if (pid === process.pid) return { functions };
    return { reason: `a call by the shim answers ${pid} for the process ${process.pid}` };
  } catch (error) {
    if (error instanceof RangeError) throw error; // The stack is used up: tried again next time.
    return { reason: `the shim can't be loaded: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
