export type { Budget } from './budget.js';
export type { LoopDriver } from './driver.js';
export { Faults } from './faults.js';
export { Hold, Liveness } from './liveness.js';
export { Loop } from './loop.js';
export type { GoOn, Phase } from './phase.js';
export type { Running, RunOptions } from './running.js';
