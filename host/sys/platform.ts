import { hotCalls } from './backend.js';
import { koffiFailure } from './koffi.js';
import { notLinuxReason } from './refusal.js';

/** Why this process can't have an event manager, as a sentence; undefined where it can. */
export function unsupportedReason(): string | undefined {
  return notLinuxReason() ?? noCallsReason() ?? noWasmReason();
}

/** Why no core can be made here, as a sentence; undefined where it can. */
export function noWasmReason(): string | undefined {
  if (typeof WebAssembly !== 'undefined') return undefined;
  return 'the tables are WebAssembly, which --jitless switches off: run node without that flag';
}

/** @throws ERR_UNSUPPORTED_PLATFORM where no system call can be made */
export function assertCallable(): void {
  hotCalls();
}

function noCallsReason(): string | undefined {
  try {
    hotCalls();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) throw error; // The stack is used up.
    return koffiFailure() ?? String(error);
  }
}
