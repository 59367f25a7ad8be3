export { defaultModule } from './default-module.js';
export {
  Core,
  MEMORY_MAX_BYTES,
  STATUS_THROWN,
  type WasmModule,
} from './instance.js';
export { TimerHeap } from './timer-heap.js';
export { TopicTable } from './topic-table.js';
export { type Dispatcher, ReadyList } from './walk.js';
