export {
  EventView,
  FdEventView,
  MessageView,
  TimeEventView,
  type ViewOf,
} from './event-views.js';
export { type HandledEvent, Message, type PlainEvent } from './events.js';
export type { GuestMemory } from './guest-region.js';
export { type Handler, isHandler, subscriberOf } from './handler.js';
export { type Callee, type JsHandler, js } from './js-handler.js';
export { type NativeHandler, type NativeHandlerOptions, native } from './native-handler.js';
export { type Postable, type RemoteHandler, remote } from './remote-handler.js';
export {
  type Guest,
  type GuestExports,
  type WasmHandler,
  type WasmHandlerOptions,
  wasm,
} from './wasm-handler.js';
