export type { Attachment, AttachOptions } from './attachment.js';
export { NodeDriver } from './driver.js';
export { type Internals, internalsOf, revealInternals } from './parts.js';
export { provided } from './provided.js';
export { once, type ReadinessOptions, type WatchOptions, watch } from './readiness.js';
export { Alarm, Bell } from './wake-up.js';
