export {
  type AdmissionOptions,
  type AllowedImports,
  admitModule,
  inspectModule,
  type ModuleLimits,
  ModuleRefusedError,
  type ModuleReport,
} from '../admission/index.js';
export { type FaultKind, PluginFault } from './fault.js';
export type { Grant, GrantOptions } from './grant.js';
export type { PluginLimits } from './limits.js';
export type { FaultPolicy, LoadOptions, PluginDefaults, RestartPolicy } from './options.js';
export type { Plugin } from './plugin.js';
export type { CallTimes } from './plugin-counters.js';
export { type PluginFaultEvent, PluginHost } from './plugin-host.js';
export type { FaultAction, PluginMetrics, PluginState } from './plugin-metrics.js';
