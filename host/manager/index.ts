export { EventManager } from './event-manager.js';
export type { Metrics, SubscriberMetrics } from './metrics.js';
export type { Budget, EventManagerOptions } from './options.js';
