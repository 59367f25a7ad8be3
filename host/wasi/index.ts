export { WasiExit } from './exit.js';
export type { WasiOptions } from './options.js';
export type { NetworkDecision, NetworkKind, NetworkLists, NetworkLog } from './policy.js';
export { type Command, createWasi, type Wasi } from './wasi.js';
