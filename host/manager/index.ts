export { EventManager } from './event-manager.js';
export type { DetailedMetrics, Metrics, MetricsOptions, SubscriberMetrics } from './metrics.js';
export type { EventManagerOptions } from './options.js';
