import { EventManagerError } from '../contract/index.js';
import { noWasmReason } from '../sys/index.js';
import type { WasmModule } from './instance.js';

/**
 * The release build of the core, core.wasm, put here by the Makefile: read from a file, it would
 * get lost in a bundle.
 */
declare const CORE_WASM_BASE64: string;

let compiled: WasmModule | undefined;

/**
 * The release build that the package ships, compiled once per thread.
 *
 * @throws ERR_UNSUPPORTED_PLATFORM where there is no WebAssembly
 */
export function defaultModule(): WasmModule {
  compiled ??= compile();
  return compiled;
}

function compile(): WasmModule {
  const reason = noWasmReason();
  if (reason !== undefined) throw new EventManagerError('ERR_UNSUPPORTED_PLATFORM', reason);
  return new WebAssembly.Module(Buffer.from(CORE_WASM_BASE64, 'base64'));
}
