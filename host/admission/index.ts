export {
  type AdmissionOptions,
  type Admitted,
  type AllowedImports,
  admitModule,
  inspectModule,
  type ModuleReport,
} from './inspect.js';
export type { ModuleLimits } from './limits.js';
export { REFUEL, SET_FUEL, START } from './meter.js';
export { ModuleRefusedError } from './refusal.js';
