export { EventManager } from './event-manager.js';
export type { Metrics, SubscriberMetrics } from './metrics.js';
export type { EventManagerOptions } from './options.js';
