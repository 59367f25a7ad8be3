import { noCallsReason } from './koffi.js';

/** Why this process can't have an event manager, as a sentence; undefined where it can. */
export function unsupportedReason(): string | undefined {
  return noCallsReason() ?? noWasmReason();
}

/** Why no core can be made here, as a sentence; undefined where it can. */
export function noWasmReason(): string | undefined {
  if (typeof WebAssembly !== 'undefined') return undefined;
  return 'the tables are WebAssembly, which --jitless switches off: run node without that flag';
}

/** Bytes of one epoll_event here: the kernel packs it on x86-64 and nowhere else. */
export function epollEventSize(): 12 | 16 {
  return process.arch === 'x64' ? 12 : 16;
}
