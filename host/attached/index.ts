export type { Attachment, AttachOptions } from './attachment.js';
export { NodeDriver } from './driver.js';
export { Internals, internalsOf, isManager, revealInternals } from './internals.js';
export { provided } from './provided.js';
export {
  once,
  type Readiness,
  type ReadinessOptions,
  type WatchOptions,
  watch,
} from './readiness.js';
export { Alarm, Bell } from './wake-up.js';
