export { type DispatchResult, dispatchTo } from './dispatch-to.js';
export { type EventOpsCall, type ExpectedCall, MockEventOps } from './mock-event-ops.js';
export type { FaultOptions, SyscallName, SyscallRecord } from './simulated-calls.js';
export type { SimulatedHost } from './simulated-host.js';
export type { SimulatedSyscallsOptions } from './simulated-options.js';
export { SimulatedSyscalls } from './simulated-syscalls.js';
