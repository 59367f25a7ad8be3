export { type DispatchResult, dispatchTo } from './dispatch-to.js';
export { type EventOpsCall, MockEventOps } from './mock-event-ops.js';
