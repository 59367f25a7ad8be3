export { Message } from './events.js';
export type { GuestInstance, GuestUser } from './guest-instance.js';
export { deliver, type Handler, isHandler } from './handler.js';
export { JsHandler } from './js-handler.js';
export { RemoteHandler } from './remote-handler.js';
export { WasmHandler } from './wasm-handler.js';
