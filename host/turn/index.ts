export type { ErrorContext, ErrorSink, HandlerErrorPolicy } from './faults.js';
export { Hold, Liveness } from './liveness.js';
export { Loop } from './loop.js';
export type { GoOn, Phase } from './phase.js';
